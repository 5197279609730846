variable "name" {
  description = "What everything here is called: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "environment" {
  description = "The value of the tag environment whose costs are counted."
  type        = string
}

variable "monthly_usd" {
  description = "What the environment may cost in a month, in US dollars."
  type        = number

  validation {
    condition     = var.monthly_usd > 0
    error_message = "A budget is more than 0 US dollars a month."
  }
}

variable "mail" {
  description = "Who is told."
  type        = string

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.mail))
    error_message = "A budget needs the address of somebody who reads it."
  }
}

variable "anomaly_usd" {
  description = "From what impact on an anomaly is told, in US dollars."
  type        = number
  default     = 50

  validation {
    condition     = var.anomaly_usd >= 1
    error_message = "An anomaly is told from 1 US dollar on."
  }
}
