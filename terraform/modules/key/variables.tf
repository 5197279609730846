variable "name" {
  description = "What the key is for, as its alias: raally-production-rds."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,60}$", var.name))
    error_message = "The name of a key is 3 to 61 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "services" {
  description = "AWS services that use the key in their own name, such as logs.us-west-2.amazonaws.com."
  type        = list(string)
  default     = []
}

variable "through" {
  description = "AWS services through which anybody of this account who may use them may use the key, as with AWS's own keys: ec2.us-west-2.amazonaws.com."
  type        = list(string)
  default     = []
}

variable "deletion_days" {
  description = "How many days a deleted key can still be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_days >= 7 && var.deletion_days <= 30
    error_message = "A deleted key can be brought back for 7 to 30 days."
  }
}
