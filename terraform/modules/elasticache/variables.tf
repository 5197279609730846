variable "name" {
  description = "The replication group: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "engine_version" {
  description = "Redis OSS. No end of support of 7.1 was announced when this was written (2026-11)."
  type        = string
  default     = "7.1"

  validation {
    condition     = can(regex("^7\\.[0-9]+$", var.engine_version))
    error_message = "Redis 7 is needed, such as 7.1."
  }
}

variable "node_type" {
  description = "The size of each node."
  type        = string

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "A node type begins with cache., such as cache.m7g.large."
  }
}

variable "shards" {
  description = "Parts of the key space."
  type        = number
  default     = 3

  validation {
    condition     = var.shards >= 1 && var.shards <= 500 && floor(var.shards) == var.shards
    error_message = "A cluster has 1 to 500 shards."
  }
}

variable "replicas" {
  description = "Copies of each shard beside its primary, which fail over to them."
  type        = number
  default     = 1

  validation {
    condition     = var.replicas >= 1 && var.replicas <= 5 && floor(var.replicas) == var.replicas
    error_message = "A shard has 1 to 5 replicas: without one there is nothing to fail over to."
  }
}

variable "snapshot_days" {
  description = "How many daily snapshots are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.snapshot_days >= 1 && var.snapshot_days <= 35
    error_message = "Daily snapshots are kept for 1 to 35 days."
  }
}

variable "last_snapshot" {
  description = "Whether a snapshot is left when the group is deleted."
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
    condition     = length(var.subnet_ids) >= 2
    error_message = "Failover needs subnets in two zones at least."
  }
}

variable "client_security_group_id" {
  description = "Who may connect: the cluster's security group."
  type        = string
}

variable "auth_token" {
  description = "The password. The provider has no way around Terraform's state for it."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{16,128}$", var.auth_token))
    error_message = "The auth token is 16 to 128 letters, digits and the characters ! & # $ ^ < > -."
  }
}
