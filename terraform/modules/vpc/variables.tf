variable "name" {
  description = "What everything here is called: raally-production."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,39}$", var.name))
    error_message = "The name is 3 to 40 small letters, digits and hyphens, and begins with a letter."
  }
}

variable "cluster_name" {
  description = "The EKS cluster whose load balancers look for their subnets by tag."
  type        = string
}

variable "cidr" {
  description = "The network. Its first /20 is the public subnets', the third /18 the database subnets'; k8s/overlays names both."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(split("/", var.cidr)[1], "") == "16" && try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], false)
    error_message = "The network is an IPv4 /16 in CIDR notation that begins with its first address, such as 10.0.0.0/16."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.cidr))
    error_message = "The network is of the private ranges: 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
  }
}

variable "zones" {
  description = "Three availability zones; each has a subnet of every kind."
  type        = list(string)

  validation {
    condition     = length(distinct(var.zones)) == 3 && length(var.zones) == 3
    error_message = "Name three different availability zones: stores and brokers keep a copy in each."
  }
}

variable "one_nat_gateway" {
  description = "One NAT gateway for all zones: cheaper, but its zone takes the way out of the others with it."
  type        = bool
  default     = false
}

variable "interface_endpoints" {
  description = "AWS services that are reached within the network instead of through the NAT gateways."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "eks-auth", "logs", "secretsmanager", "sts"]
}

variable "store_ports" {
  description = "Ports of the stores in the database subnets, which the private subnets reach: PostgreSQL, Redis, Kafka with SCRAM and with IAM."
  type        = map(number)
  default     = { postgres = 5432, redis = 6379, kafka_scram = 9096, kafka_iam = 9098 }

  validation {
    condition     = alltrue([for port in values(var.store_ports) : port >= 1024 && port <= 65535])
    error_message = "Stores listen on ports from 1024 to 65535."
  }
}

variable "log_days" {
  description = "How many days flow logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "CloudWatch keeps logs for 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days."
  }
}
