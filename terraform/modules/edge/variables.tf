variable "name" {
  description = "What everything here is called: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "host" {
  description = "The name that people open, as the ingress has it: raally.example.com. Its zone is made here; its parent must lead to it."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.host))
    error_message = "The host is a name of DNS in small letters, such as raally.example.com."
  }
}

variable "cdn" {
  description = "Whether CloudFront stands in front of the load balancer and keeps static files near to people."
  type        = bool
  default     = true
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "vpc_cidr" {
  description = "The network's addresses, where the pods are."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && !startswith(var.vpc_cidr, "0.0.0.0")
    error_message = "The pods' addresses are a network in CIDR notation, not everybody's."
  }
}

variable "requests_per_five_minutes" {
  description = "How many requests one address may send in five minutes, before it is refused for a while."
  type        = number
  default     = 3000

  validation {
    condition     = var.requests_per_five_minutes >= 100 && var.requests_per_five_minutes <= 2000000000
    error_message = "The firewall counts at least 100 requests in five minutes."
  }
}

variable "large_bodies" {
  description = "Paths (a regular expression) whose bodies may be larger than 8 KiB; Raally itself takes 1 MiB at most."
  type        = string
  default     = "^/api/v1/tenants/[^/]+/(imports?|commands|preview)$"

  validation {
    condition     = startswith(var.large_bodies, "^/api/")
    error_message = "Large bodies are for paths of the API: the expression begins with ^/api/."
  }
}

variable "log_days" {
  description = "How many days the firewall's logs are kept."
  type        = number
  default     = 365
}
