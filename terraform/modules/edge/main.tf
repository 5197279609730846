# DNS, certificates and the security group of the load balancer, which the ingress makes.
resource "aws_route53_zone" "this" {
  #checkov:skip=CKV2_AWS_38: DNSSEC needs the parent zone's owner to take part; terraform/README.md says how
  #checkov:skip=CKV2_AWS_39: questions are not logged: they would name who works with Raally to nobody's use
  name    = var.host
  comment = "Raally"
}

# The load balancer's name, which external-dns keeps; CloudFront asks there.
locals {
  origin = "origin.${var.host}"
}

resource "aws_acm_certificate" "balancer" {
  domain_name               = var.host
  subject_alternative_names = [local.origin]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_acm_certificate" "cdn" {
  count    = var.cdn ? 1 : 0
  provider = aws.us_east_1

  domain_name       = var.host
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# One record proves a name to both certificates.
resource "aws_route53_record" "proof" {
  for_each = toset([var.host, local.origin])

  zone_id         = aws_route53_zone.this.zone_id
  name            = one([for option in aws_acm_certificate.balancer.domain_validation_options : option.resource_record_name if option.domain_name == each.key])
  type            = one([for option in aws_acm_certificate.balancer.domain_validation_options : option.resource_record_type if option.domain_name == each.key])
  records         = [one([for option in aws_acm_certificate.balancer.domain_validation_options : option.resource_record_value if option.domain_name == each.key])]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "balancer" {
  certificate_arn         = aws_acm_certificate.balancer.arn
  validation_record_fqdns = [for record in aws_route53_record.proof : record.fqdn]
}

resource "aws_acm_certificate_validation" "cdn" {
  count    = var.cdn ? 1 : 0
  provider = aws.us_east_1

  certificate_arn         = aws_acm_certificate.cdn[0].arn
  validation_record_fqdns = [aws_route53_record.proof[var.host].fqdn]
}

# ---- who reaches the load balancer ----

data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = var.cdn ? 1 : 0

  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_security_group" "balancer" {
  name        = "${var.name}-edge"
  description = "The load balancer: HTTPS from ${var.cdn ? "CloudFront" : "everybody"}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-edge" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  count = var.cdn ? 1 : 0

  security_group_id = aws_security_group.balancer.id
  description       = "HTTPS from CloudFront"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront[0].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "everybody" {
  #checkov:skip=CKV_AWS_260: the edge answers HTTP with the way to HTTPS, for everybody
  for_each = var.cdn ? {} : { http = 80, https = 443 }

  security_group_id = aws_security_group.balancer.id
  description       = "${upper(each.key)} from everybody"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

# To the pods, and nowhere else.
resource "aws_vpc_security_group_egress_rule" "pods" {
  for_each = { frontend = 8443, backend = 3001 }

  security_group_id = aws_security_group.balancer.id
  description       = "TLS to the ${each.key}'s pods"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
