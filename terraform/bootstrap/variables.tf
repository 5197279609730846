variable "environment" {
  description = "Whose account this is: staging or production."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "The environment is staging or production."
  }
}

variable "region" {
  description = "Where the state is."
  type        = string
  default     = "us-west-2"
}

variable "bucket" {
  description = "The bucket of the state, a name that nobody in the world has yet."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket is named in 3 to 63 small letters, digits and hyphens."
  }
}

variable "repository" {
  description = "The GitHub repository whose workflows deploy: owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "The repository is owner/name, without a star: a star would let other repositories deploy."
  }
}

variable "owner" {
  description = "A tag of everything: who answers for it."
  type        = string
}

variable "cost_center" {
  description = "A tag of everything: who pays."
  type        = string
}
