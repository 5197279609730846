variable "name" {
  description = "The cluster: raally-production-cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,59}-cluster$", var.name))
    error_message = "The cluster's name is small letters, digits and hyphens and ends with -cluster, such as raally-production-cluster."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes. Standard support on EKS ends: 1.33 on 2026-07-29, 1.34 on 2026-12-02, 1.35 on 2027-03-27."
  type        = string

  validation {
    condition     = can(regex("^1\\.(3[1-9]|[4-9][0-9])$", var.kubernetes_version))
    error_message = "Kubernetes 1.31 or newer is needed, written without its patch: 1.34."
  }
}

variable "subnet_ids" {
  description = "The private subnets, a zone each."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 3
    error_message = "A cluster needs a private subnet in each of three zones."
  }
}

variable "public_access_cidrs" {
  description = "From where the API server answers from outside the network; from nowhere, if empty."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrnetmask(cidr)) && try(tonumber(split("/", cidr)[1]) >= 16, false)])
    error_message = "Name the networks that may reach the API server as CIDRs of /16 or smaller; 0.0.0.0/0 is everybody."
  }
}

variable "administrators" {
  description = "IAM roles and users that administer the cluster, by a name of ours."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for arn in values(var.administrators) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/", arn))])
    error_message = "Administrators are ARNs of IAM roles or users: arn:aws:iam::123456789012:role/operators."
  }
}

variable "node_groups" {
  description = "Managed node groups by name. Several instance types let spot capacity be found; all of one group are of the same size."
  type = map(object({
    instance_types = list(string)
    capacity       = optional(string, "ON_DEMAND")
    least          = number
    most           = number
    disk_gib       = optional(number, 50)
    labels         = optional(map(string), {})
    taints         = optional(map(object({ value = string, effect = string })), {})
  }))

  validation {
    condition     = contains(keys(var.node_groups), "general") && contains(keys(var.node_groups), "compute")
    error_message = "There are two node groups at least: general, where everything runs, and compute, for work that can be moved."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : contains(["ON_DEMAND", "SPOT"], group.capacity)])
    error_message = "The capacity of a node group is ON_DEMAND or SPOT."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.least >= 0 && group.most >= group.least && group.most >= 1])
    error_message = "A node group has at least 'least' nodes and at most 'most', which is not smaller."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.capacity == "ON_DEMAND" || length(group.instance_types) >= 3])
    error_message = "A node group of spot instances names three instance types at least: one type alone is often not to be had."
  }

  validation {
    condition     = try(var.node_groups["general"].capacity == "ON_DEMAND" && var.node_groups["general"].least >= 2, true)
    error_message = "The node group general keeps two nodes on demand: what may not be moved runs there."
  }
}

variable "log_days" {
  description = "How many days the control plane's logs are kept."
  type        = number
  default     = 365
}
