variable "environment" {
  description = "staging or production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,14}$", var.environment))
    error_message = "An environment is called by 2 to 15 small letters and digits, such as production."
  }
}

variable "zones" {
  description = "Three availability zones of the provider's region."
  type        = list(string)
}

variable "one_nat_gateway" {
  description = "One NAT gateway for all zones, which is cheaper."
  type        = bool
}

variable "kubernetes_version" {
  description = "As the module eks has it."
  type        = string
}

variable "node_groups" {
  description = "As the module eks has it."
  type        = any
}

variable "administrators" {
  description = "IAM roles and users that administer the cluster, by a name of ours."
  type        = map(string)
}

variable "api_networks" {
  description = "From where the Kubernetes API answers from outside the network."
  type        = list(string)
}

variable "postgres" {
  description = "PostgreSQL's size."
  type = object({
    instance_class = string
    storage_gib    = object({ least = number, most = number })
    multi_az       = bool
    read_replicas  = number
    backup_days    = number
  })
}

variable "redis" {
  description = "Redis' size."
  type = object({
    node_type     = string
    shards        = number
    replicas      = number
    snapshot_days = number
  })
}

variable "kafka" {
  description = "Kafka's size."
  type = object({
    instance_type = string
    storage_gib   = object({ least = number, most = number })
  })
}

variable "password_versions" {
  description = "A greater number sets a password anew: postgres, postgres-admin, postgres-owner, redis, kafka."
  type        = map(number)

  validation {
    condition     = contains(keys(var.password_versions), "kafka")
    error_message = "The password of Kafka's user needs its version as well: kafka."
  }
}

variable "host" {
  description = "The name that people open."
  type        = string
}

variable "cdn" {
  description = "Whether CloudFront stands in front."
  type        = bool
}

variable "repositories" {
  description = "The images' repositories; none where another environment of the same account has them."
  type        = set(string)
}

variable "mail" {
  description = "Who is told of alarms and costs."
  type        = string
}

variable "monthly_usd" {
  description = "What the environment may cost in a month."
  type        = number
}

variable "audit_bucket" {
  description = "The bucket of the audit log's heads."
  type        = string
}

variable "managed_monitoring" {
  description = "Whether AWS keeps Prometheus' metrics and runs Grafana over them."
  type        = bool
}

variable "deletable" {
  description = "Whether `terraform destroy` may take stores, vaults and secrets with it. Off, they refuse, or leave a last snapshot."
  type        = bool
  default     = false
}
