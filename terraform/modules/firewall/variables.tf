variable "name" {
  description = "What the rules are called: raally-production-cdn."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,60}$", var.name))
    error_message = "The name is 3 to 61 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "scope" {
  description = "CLOUDFRONT (in us-east-1 alone) or REGIONAL, for load balancers."
  type        = string

  validation {
    condition     = contains(["CLOUDFRONT", "REGIONAL"], var.scope)
    error_message = "The scope of a firewall is CLOUDFRONT or REGIONAL."
  }
}

variable "requests_per_five_minutes" {
  description = "How many requests one address may send in five minutes; not counted, if null: where all requests come from CloudFront."
  type        = number
  default     = null

  validation {
    condition     = var.requests_per_five_minutes == null ? true : var.requests_per_five_minutes >= 100 && var.requests_per_five_minutes <= 2000000000
    error_message = "The firewall counts at least 100 requests in five minutes."
  }
}

variable "large_bodies" {
  description = "Paths (a regular expression) whose bodies may be larger than 8 KiB."
  type        = string

  validation {
    condition     = startswith(var.large_bodies, "^/api/")
    error_message = "Large bodies are for paths of the API: the expression begins with ^/api/."
  }
}

variable "log_days" {
  description = "How many days what was refused is kept."
  type        = number
}
