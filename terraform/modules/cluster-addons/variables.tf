variable "cluster_name" {
  description = "The EKS cluster. Add-ons wait for its control plane, not for nodes, which need some of them."
  type        = string
}

variable "addon_versions" {
  description = "Versions of add-ons by name; AWS's default for the cluster's Kubernetes where none is named."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for version in values(var.addon_versions) : can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+-eksbuild\\.[0-9]+$", version))])
    error_message = "An add-on's version is written as EKS does: v1.20.0-eksbuild.1."
  }
}

variable "volume_key_arn" {
  description = "The key of volumes."
  type        = string
}

variable "zone_arn" {
  description = "The DNS zone that external-dns keeps."
  type        = string
}

variable "read_secrets_policy" {
  description = "The right to read the environment's secrets, for External Secrets."
  type        = string
}
