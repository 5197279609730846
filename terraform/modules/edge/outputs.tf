output "host" {
  description = "The name that people open."
  value       = var.host
}

output "origin" {
  description = "The load balancer's own name, which external-dns keeps."
  value       = local.origin
}

output "zone_arn" {
  description = "The DNS zone."
  value       = aws_route53_zone.this.arn
}

output "name_servers" {
  description = "To which the parent zone must lead."
  value       = aws_route53_zone.this.name_servers
}

output "ingress" {
  description = "Annotations of the ingress: its certificate, its firewall, its security group, and the TLS that it takes: of CloudFront nothing says that it asks by 1.3."
  value = {
    "alb.ingress.kubernetes.io/ssl-policy"      = var.cdn ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : "ELBSecurityPolicy-TLS13-1-3-2021-06"
    "alb.ingress.kubernetes.io/certificate-arn" = aws_acm_certificate_validation.balancer.certificate_arn
    "alb.ingress.kubernetes.io/wafv2-acl-arn"   = module.balancer_firewall.arn
    "alb.ingress.kubernetes.io/security-groups" = aws_security_group.balancer.id
    "external-dns.alpha.kubernetes.io/hostname" = var.cdn ? local.origin : var.host
  }
}
