variable "region" {
  description = "Where all of it is."
  type        = string
  default     = "us-west-2"
}

variable "elsewhere" {
  description = "Where copies of backups are: another region."
  type        = string
  default     = "us-east-2"

  validation {
    condition     = var.elsewhere != var.region
    error_message = "Copies of backups belong in another region: one region can be lost as a whole."
  }
}

variable "tags" {
  description = "Tags of everything, by which costs are told apart."
  type        = map(string)

  validation {
    condition     = alltrue([for tag in ["cost_center", "owner"] : length(lookup(var.tags, tag, "")) > 0])
    error_message = "Everything is tagged with its owner and its cost_center."
  }
}

variable "kubernetes_version" {
  description = "The cluster's Kubernetes; the module eks notes until when each is supported."
  type        = string
}

variable "administrators" {
  description = "IAM roles and users that administer the cluster, by a name of ours."
  type        = map(string)
}

variable "api_networks" {
  description = "From where the Kubernetes API answers from outside the network; from nowhere, if empty."
  type        = list(string)
}

variable "instances" {
  description = "Sizes of PostgreSQL, Redis and Kafka, and the cluster's instance types."
  type = object({
    postgres = string
    redis    = string
    kafka    = string
    general  = list(string)
    compute  = list(string)
  })
}

variable "password_versions" {
  description = "A greater number sets a password anew."
  type        = map(number)
  default     = { kafka = 1, postgres = 1, postgres-admin = 1, postgres-owner = 1, redis = 1 }
}

variable "host" {
  description = "The name that people open."
  type        = string
}

variable "mail" {
  description = "Who is told of alarms and costs."
  type        = string
}

variable "monthly_usd" {
  description = "What the environment may cost in a month, in US dollars."
  type        = number
}

variable "audit_bucket" {
  description = "The bucket of the audit log's heads: a name that nobody in the world has yet."
  type        = string
}

variable "managed_monitoring" {
  description = "Whether AWS keeps Prometheus' metrics and runs Grafana over them."
  type        = bool
  default     = false
}

variable "deletable" {
  description = "Whether `terraform destroy` may take stores, vaults and secrets with it."
  type        = bool
  default     = false
}
