terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

locals {
  tags = merge(var.tags, { application = "raally", environment = local.environment })
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

# CloudFront's certificates and firewalls.
provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}

# Copies of backups.
provider "aws" {
  alias  = "elsewhere"
  region = var.elsewhere

  default_tags {
    tags = local.tags
  }
}
