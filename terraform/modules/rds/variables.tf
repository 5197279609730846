variable "name" {
  description = "The database server: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "engine_version" {
  description = "PostgreSQL's major version; minor ones come by themselves. The community's support of 15 ends on 2027-11-11, RDS's standard support some months later."
  type        = string
  default     = "15"

  validation {
    condition     = can(regex("^(1[5-9]|[2-9][0-9])$", var.engine_version))
    error_message = "PostgreSQL 15 or newer is needed, by its major version alone: 15."
  }
}

variable "instance_class" {
  description = "The size of primary and replicas."
  type        = string

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "An instance class begins with db., such as db.r7g.large."
  }
}

variable "storage_gib" {
  description = "Storage to begin with, and up to where it grows by itself."
  type        = object({ least = number, most = number })

  validation {
    condition     = var.storage_gib.least >= 20 && var.storage_gib.most >= ceil(var.storage_gib.least * 1.1)
    error_message = "Storage is 20 GiB at least, and may grow to 1.1 times that or more: storage that cannot grow fills up."
  }
}

variable "multi_az" {
  description = "A standby in another zone, which takes over within one or two minutes."
  type        = bool
  default     = true
}

variable "read_replicas" {
  description = "How many replicas answer reads."
  type        = number
  default     = 0

  validation {
    condition     = var.read_replicas >= 0 && var.read_replicas <= 15 && floor(var.read_replicas) == var.read_replicas
    error_message = "RDS for PostgreSQL has 0 to 15 read replicas."
  }
}

variable "backup_days" {
  description = "How many days back the database can be restored to any moment."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "Backups are kept for 7 to 35 days."
  }
}

variable "deletion_protection" {
  description = "Whether the server refuses to be deleted, and leaves a last snapshot."
  type        = bool
  default     = true
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "The database subnets."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 3
    error_message = "A database server needs a subnet in each of three zones."
  }
}

variable "client_security_group_id" {
  description = "Who may connect: the cluster's security group."
  type        = string
}

variable "admin_password" {
  description = "The administrator's password. It is sent once for each version and never kept in Terraform's state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "admin_password_version" {
  description = "A greater number sets the password anew."
  type        = number

  validation {
    condition     = var.admin_password_version >= 1 && floor(var.admin_password_version) == var.admin_password_version
    error_message = "Versions of a password are counted from 1."
  }
}
