terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
      # Copies lie in another region.
      configuration_aliases = [aws, aws.elsewhere]
    }
  }
}
