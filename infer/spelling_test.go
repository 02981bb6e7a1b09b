package infer

import (
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// TestSpelling: words that a path runs together are told apart by what bodies call the thing.
func TestSpelling(t *testing.T) {
	spelt := spellingOf([]schema.Component{{Name: "CargoShip"}, {Name: "HarborPolicyList"}, {Name: "Pier"}})
	for _, tt := range []struct{ op, id, summary string }{
		{"GET /cargoships/{id}", "getCargoShip", "Get a cargo ship"},
		{"POST /cargoships", "createCargoShip", "Create a cargo ship"},
		{"GET /piers/{pier}/harborpolicies", "listPierHarborPolicies", "List the harbor policies of a pier"},
		{"GET /cargo-ships/{id}", "getCargoShip", "Get a cargo ship"},
		{"GET /apis/fleet.example.org/v1/cargoships/{id}", "getFleetCargoShip", "Get a cargo ship"},
		{"GET /apis/night.fleet.example.co.uk/v1/piers", "listNightFleetPiers", "List the piers"},
		{"GET /apis/{id}", "getApi", "Get an api"},
		{"GET /piers/{pier}/chart.tar.gz", "getPierChartTarGz", "Get the chart tar gz of a pier"},
		{"GET /example.org/piers", "listExampleOrgPiers", "List the example org piers"},
	} {
		n := subject(tt.op, false)
		n.steps = spelt.steps(n.steps)
		if got := n.idAt(0); got != tt.id {
			t.Errorf("%s: operationId %s, want %s", tt.op, got, tt.id)
		}
		if got := n.summary(); got != tt.summary {
			t.Errorf("%s: summary %q, want %q", tt.op, got, tt.summary)
		}
	}
}
