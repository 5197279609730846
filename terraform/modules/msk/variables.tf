variable "name" {
  description = "The cluster: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "kafka_version" {
  description = "Apache Kafka, without Zookeeper. Of 3.9, which MSK has had since 2025-04-21, no end of support was announced when this was written (2026-11)."
  type        = string
  default     = "3.9.x.kraft"

  validation {
    condition     = can(regex("^(3\\.9|[4-9]\\.[0-9]+)\\.x(\\.kraft)?$", var.kafka_version)) && (endswith(var.kafka_version, ".kraft") || !startswith(var.kafka_version, "3."))
    error_message = "Kafka coordinates itself: 3.9.x.kraft or 4.0.x and newer, not a version with Zookeeper."
  }
}

variable "instance_type" {
  description = "The size of each broker."
  type        = string

  validation {
    condition     = can(regex("^kafka\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_type))
    error_message = "A broker's instance type begins with kafka., such as kafka.m7g.large."
  }
}

variable "brokers" {
  description = "How many brokers, the same number in each zone."
  type        = number
  default     = 3

  validation {
    condition     = var.brokers >= 3 && var.brokers % 3 == 0
    error_message = "Brokers are 3 or a multiple, one each in three zones: topics have three copies."
  }
}

variable "storage_gib" {
  description = "Storage of each broker to begin with, and up to where it grows. It never shrinks."
  type        = object({ least = number, most = number })

  validation {
    condition     = var.storage_gib.least >= 10 && var.storage_gib.most > var.storage_gib.least && var.storage_gib.most <= 16384
    error_message = "A broker's storage begins at 10 GiB or more and may grow, to 16384 GiB at most."
  }
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnet_ids" {
  description = "The database subnets, one in each of three zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) == 3
    error_message = "Brokers are in three subnets, one in each zone."
  }
}

variable "client_security_group_id" {
  description = "Who may connect: the cluster's security group."
  type        = string
}

variable "scram_password" {
  description = "The password of the user raally, for clients that have no IAM. Never kept in Terraform's state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "scram_password_version" {
  description = "A greater number sets the password anew."
  type        = number

  validation {
    condition     = var.scram_password_version >= 1 && floor(var.scram_password_version) == var.scram_password_version
    error_message = "Versions of a password are counted from 1."
  }
}

variable "recovery_days" {
  description = "How many days the deleted password can still be brought back; 0 deletes at once."
  type        = number
  default     = 30
}
