variable "repositories" {
  description = "The images' repositories, as k8s/overlays names them."
  type        = set(string)
  default     = ["raally/backend", "raally/frontend"]

  validation {
    condition     = alltrue([for name in var.repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "Repositories are named in small letters, digits and . _ / -: raally/backend."
  }
}

variable "key_name" {
  description = "What the key of the images is called."
  type        = string
}

variable "kept" {
  description = "How many images of each repository are kept."
  type        = number
  default     = 50

  validation {
    condition     = var.kept >= 10
    error_message = "Keep 10 images at least: a rollback needs the ones before."
  }
}

variable "pulling_accounts" {
  description = "Other AWS accounts whose clusters pull the images."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.pulling_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "AWS accounts are numbers of 12 digits."
  }
}
