variable "name" {
  description = "What everything here is called: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "cluster_name" {
  description = "The EKS cluster."
  type        = string
}

variable "mail" {
  description = "Who is told of alarms."
  type        = string

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.mail))
    error_message = "Alarms need the address of somebody who reads them."
  }
}

variable "log_days" {
  description = "How many days the application's logs are kept."
  type        = number
  default     = 90
}

variable "managed_prometheus" {
  description = "Whether AWS keeps Prometheus' metrics: Amazon Managed Service for Prometheus."
  type        = bool
  default     = false
}

variable "managed_grafana" {
  description = "Whether AWS runs Grafana over them, for people of IAM Identity Center."
  type        = bool
  default     = false

  validation {
    condition     = !var.managed_grafana || var.managed_prometheus
    error_message = "Managed Grafana shows what managed Prometheus keeps: turn that on as well."
  }
}

variable "databases" {
  description = "RDS instances to watch."
  type        = list(string)
}

variable "cache_nodes" {
  description = "ElastiCache nodes to watch."
  type        = set(string)
}

variable "kafka_cluster" {
  description = "The MSK cluster to watch."
  type        = string
}
