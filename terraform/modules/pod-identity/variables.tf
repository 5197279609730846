variable "cluster_name" {
  description = "The EKS cluster."
  type        = string
}

variable "namespace" {
  description = "The namespace of the service account."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.namespace))
    error_message = "A namespace is small letters, digits and hyphens."
  }
}

variable "service_account" {
  description = "Whose pods get the rights."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.service_account))
    error_message = "A service account is named in small letters, digits and hyphens; '*' would be all of them."
  }
}

variable "policies" {
  description = "The rights, as policies of IAM by a name of ours."
  type        = map(string)
  default     = {}
}

variable "managed_policies" {
  description = "Names of AWS's own policies to add, with their path: service-role/AmazonEBSCSIDriverPolicy."
  type        = set(string)
  default     = []

  validation {
    condition     = !anytrue([for name in var.managed_policies : strcontains(lower(name), "fullaccess") || endswith(name, "AdministratorAccess")])
    error_message = "A pod gets the rights that it needs; policies of full access are not that."
  }
}

variable "associate" {
  description = "Whether to tell the cluster; an add-on tells it by itself."
  type        = bool
  default     = true
}
