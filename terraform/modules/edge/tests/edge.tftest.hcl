mock_provider "aws" {
  source = "../../mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "../../mocks"
}

variables {
  name     = "raally-test"
  host     = "raally.example.com"
  vpc_id   = "vpc-1"
  vpc_cidr = "10.0.0.0/16"
}

run "cloudfront_stands_in_front" {
  command = plan

  assert {
    condition     = length(aws_cloudfront_distribution.this) == 1 && one(aws_cloudfront_distribution.this[0].origin).domain_name == "origin.raally.example.com"
    error_message = "CloudFront does not ask at the name that external-dns keeps."
  }

  assert {
    condition = (
      aws_cloudfront_distribution.this[0].viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" &&
      aws_cloudfront_distribution.this[0].default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https" &&
      one(one(aws_cloudfront_distribution.this[0].origin).custom_origin_config).origin_protocol_policy == "https-only"
    )
    error_message = "CloudFront speaks plain text, or an old TLS."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.everybody) == 0 && length(aws_vpc_security_group_ingress_rule.cloudfront) == 1
    error_message = "Somebody gets past CloudFront."
  }

  assert {
    condition     = output.ingress["alb.ingress.kubernetes.io/ssl-policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    error_message = "CloudFront cannot speak to the load balancer."
  }

  assert {
    condition     = length(module.cdn_firewall) == 1
    error_message = "CloudFront has no firewall."
  }
}

run "without_cloudfront_everybody_reaches_the_load_balancer" {
  command = plan

  variables {
    cdn = false
  }

  assert {
    condition     = length(aws_cloudfront_distribution.this) == 0 && toset([for rule in aws_vpc_security_group_ingress_rule.everybody : rule.from_port]) == toset([80, 443])
    error_message = "The load balancer is not reached by HTTP and HTTPS alone."
  }
}

run "without_cloudfront_people_speak_tls_1_3" {
  command = plan

  variables {
    cdn = false
  }

  assert {
    condition     = output.ingress["alb.ingress.kubernetes.io/ssl-policy"] == "ELBSecurityPolicy-TLS13-1-3-2021-06"
    error_message = "The load balancer takes TLS 1.2 from people."
  }
}

run "the_load_balancer_speaks_to_the_pods_alone" {
  command = plan

  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.pods : "${rule.cidr_ipv4}:${rule.from_port}"]) == toset(["10.0.0.0/16:3001", "10.0.0.0/16:8443"])
    error_message = "The load balancer speaks to others than the pods."
  }
}

run "one_certificate_for_both_names" {
  command = plan

  assert {
    condition     = aws_acm_certificate.balancer.domain_name == "raally.example.com" && contains(aws_acm_certificate.balancer.subject_alternative_names, "origin.raally.example.com")
    error_message = "The load balancer's certificate lacks a name."
  }
}

run "a_host_that_is_no_name_is_refused" {
  command = plan

  variables {
    host = "https://raally.example.com"
  }

  expect_failures = [var.host]
}

run "pods_that_are_everybody_are_refused" {
  command = plan

  variables {
    vpc_cidr = "0.0.0.0/0"
  }

  expect_failures = [var.vpc_cidr]
}

run "another_name_is_refused" {
  command = plan

  variables {
    name = "Raally"
  }

  expect_failures = [var.name]
}

run "large_bodies_everywhere_are_refused" {
  command = plan

  variables {
    large_bodies = "/"
  }

  expect_failures = [var.large_bodies]
}

run "a_count_that_waf_does_not_take_is_refused" {
  command = plan

  variables {
    requests_per_five_minutes = 1
  }

  expect_failures = [var.requests_per_five_minutes]
}
