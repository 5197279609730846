variable "name" {
  description = "What everything here is called: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "resources" {
  description = "ARNs of what is backed up every day."
  type        = list(string)

  validation {
    condition     = length(var.resources) > 0
    error_message = "Name what is to be backed up: a plan over nothing restores nothing."
  }
}

variable "kept_days" {
  description = "How many days a backup is kept here and in the other region."
  type        = object({ here = number, elsewhere = number })
  default     = { here = 35, elsewhere = 35 }

  validation {
    condition     = var.kept_days.here >= 7 && var.kept_days.elsewhere >= 7
    error_message = "Backups are kept for 7 days at least, here and elsewhere: a fault is often found only after a week-end."
  }
}

variable "audit_bucket" {
  description = "The bucket of the audit log's heads, a name that nobody in the world has yet."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.audit_bucket))
    error_message = "A bucket is named in 3 to 63 small letters, digits and hyphens."
  }
}

variable "audit_years" {
  description = "How many years nobody, not even the account's owner, can change or delete an audit head."
  type        = number
  default     = 1

  validation {
    condition     = var.audit_years >= 1 && var.audit_years <= 10
    error_message = "Audit heads are locked for 1 to 10 years."
  }
}

variable "deletable" {
  description = "Whether vaults and the audit bucket may be deleted with what they hold. Audit heads that are still locked cannot even then."
  type        = bool
  default     = false
}
