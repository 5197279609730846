variable "prefix" {
  description = "What the names begin with: raally/production, as the SecretStore of k8s/overlays has it."
  type        = string

  validation {
    condition     = can(regex("^raally/[a-z][a-z0-9-]*$", var.prefix))
    error_message = "Secrets are named raally/<environment>: External Secrets may read what begins so and nothing else."
  }
}

variable "passwords" {
  description = "Passwords by the name of their secret. They are sent once for each version and never kept in Terraform's state."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
}

variable "password_versions" {
  description = "A greater number sets a password anew; each password has one."
  type        = map(number)

  validation {
    condition     = alltrue([for name in ["postgres", "postgres-admin", "postgres-owner", "redis"] : contains(keys(var.password_versions), name)])
    error_message = "postgres, postgres-admin, postgres-owner and redis each need the version of their password."
  }

  validation {
    condition     = alltrue([for version in values(var.password_versions) : version >= 1 && floor(version) == version])
    error_message = "Versions of a password are counted from 1."
  }
}

variable "postgres_address" {
  description = "Where PostgreSQL is: a function that rotates passwords reads it beside them."
  type        = string
}

variable "by_hand" {
  description = "Secrets whose values others bring: terraform/README.md says who."
  type        = map(string)
  default = {
    mail         = "The mail relay: {\"relay\": \"smtps://...\"}"
    trust        = "PEM of the authorities that sign RDS's certificates"
    tls-backend  = "Certificate and key of the backend: {\"certificate\", \"key\"}"
    tls-worker   = "Certificate and key of the worker: {\"certificate\", \"key\"}"
    tls-frontend = "Certificate and key of the web app, and who signed the backend's: {\"certificate\", \"key\", \"authority\"}"
  }
}

variable "rotation" {
  description = "A function that rotates the passwords of PostgreSQL's two logins (AWS has one in its Serverless Application Repository), and how often."
  type        = object({ function_arn = string, days = number })
  default     = null

  validation {
    condition     = var.rotation == null ? true : can(regex("^arn:aws[a-z-]*:lambda:", var.rotation.function_arn)) && var.rotation.days >= 1 && var.rotation.days <= 365
    error_message = "Rotation names the ARN of a Lambda function and a number of days from 1 to 365."
  }
}

variable "recovery_days" {
  description = "How many days a deleted secret can still be brought back; 0 deletes at once."
  type        = number
  default     = 30

  validation {
    condition     = var.recovery_days == 0 || (var.recovery_days >= 7 && var.recovery_days <= 30)
    error_message = "A deleted secret can be brought back for 7 to 30 days, or is gone at once (0)."
  }
}
