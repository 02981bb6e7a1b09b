package gateway

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/metrics"
	"github.com/spectap/spectap/guard/approval"
)

// page returns the current metrics.
func (s *gatewayState) page(log *slog.Logger) *metrics.Page {
	p := new(metrics.Page)
	p.Family("spectap_gateway_build_info", metrics.Gauge, "Always 1. The label has the version of the program.")
	p.Sample(1, "version", cli.Version())
	p.Family("process_start_time_seconds", metrics.Gauge, "When the gateway was started, in seconds since 1970.")
	p.Sample(float64(s.since.UnixMilli()) / 1000)
	p.Family("spectap_gateway_shadow", metrics.Gauge, "1 if the policy is not enforced.")
	p.Bool(s.x.shadow)
	p.Family("spectap_gateway_sessions", metrics.Gauge, "Sessions of clients. The stateless requests of an identity count as one.")
	p.Sample(float64(s.sessions()))
	s.calls.Write(p)
	s.upstreams(p)
	s.policyMetrics(p)
	if log := s.policies[0].audit; log != nil {
		_, seq, err := log.State()
		p.Family("spectap_gateway_audit_records_total", metrics.Counter, "Records in the audit, those of earlier processes among them.")
		p.Sample(float64(seq))
		p.Family("spectap_gateway_audit_failed", metrics.Gauge, "1 if the audit cannot be written: all calls are denied.")
		p.Bool(err != nil)
	}
	if err := s.approvalMetrics(p); err != nil {
		log.Warn("some metrics are missing", "error", err)
	}
	return p
}

// upstreams adds the health of the connections to servers.
func (s *gatewayState) upstreams(p *metrics.Page) {
	reports := make([]gateway.HealthReport, len(s.health))
	for i, h := range s.health {
		reports[i] = h.Report()
	}
	each := func(name, kind, help string, value func(*gateway.HealthReport) float64) {
		p.Family(name, kind, help)
		for i := range reports {
			p.Sample(value(&reports[i]), "server", s.label(i))
		}
	}
	p.Family("spectap_gateway_upstream_state", metrics.Gauge, "1 for the state that the server is in: running, restarting, down or idle.")
	for i := range reports {
		for _, state := range []string{gateway.Running, gateway.Restarting, gateway.Down, gateway.Idle} {
			p.Bool(reports[i].State == state, "server", s.label(i), "state", state)
		}
	}
	each("spectap_gateway_upstream_connections", metrics.Gauge, "Connections to the server that work.",
		func(r *gateway.HealthReport) float64 { return float64(r.Connections) })
	each("spectap_gateway_upstream_restarts_total", metrics.Counter, "Connections to the server that were made again.",
		func(r *gateway.HealthReport) float64 { return float64(r.Restarts) })
	each("spectap_gateway_upstream_pending", metrics.Gauge, "Calls that the server has not answered.",
		func(r *gateway.HealthReport) float64 { return float64(r.Pending) })
}

// label returns the label of a server.
func (s *gatewayState) label(i int) string { return cmp.Or(s.names[i], oneServer) }

// policyMetrics adds the policies in force.
func (s *gatewayState) policyMetrics(p *metrics.Page) {
	p.Family("spectap_gateway_policy_info", metrics.Gauge, "Always 1. The label has the version of the policy in force.")
	for i, e := range s.policies {
		p.Sample(1, "server", s.label(i), "version", e.Guard.Policy().Version())
	}
	p.Family("spectap_gateway_policy_rejected", metrics.Gauge, "1 if the newest version of the policy is not in force, because it has errors.")
	for i, e := range s.policies {
		p.Bool(e.rejection() != rejection{}, "server", s.label(i))
	}
}

// approvalMetrics adds how many calls wait for a person.
func (s *gatewayState) approvalMetrics(p *metrics.Page) error {
	if s.x.Approvals == nil {
		return nil
	}
	held, err := s.x.Approvals.List(time.Now())
	if err != nil {
		return err
	}
	waiting := 0
	for i := range held {
		if held[i].State == approval.Waiting {
			waiting++
		}
	}
	p.Family("spectap_gateway_approvals_pending", metrics.Gauge, "Calls in the file of approvals that wait for a person.")
	p.Sample(float64(waiting))
	return nil
}
