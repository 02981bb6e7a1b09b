package infer

import (
	"strings"
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
		{"GET /harbor/harbors/{id}", "getHarbor", "Get a harbor"},
		{"GET /api", "getApi", "Get the api"},
		{"GET /piers/search", "searchPiers", "Search piers"},
		{"GET /piers/{id}/export", "exportPier", "Export a pier"},
		{"GET /search", "search", "Search"},
		{"GET /search/{id}", "getSearch", "Get a search"},
		{"POST /rpm/copy", "copyRpm", "Copy rpm"},
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

// TestShared: what stands before all paths of an API is in no name.
func TestShared(t *testing.T) {
	ships := []string{"/port-7/{dock}/ships", "/port-7/{dock}/ships/{id}", "/port-7/{dock}/crews", "/port-7/{dock}/crews/{id}", "/port-7/_api/v1/crates",
		"/port-7/_api/v1/crates/{id}", "/port-7/_api/v1/crates/{id}/seals", "/port-7/tides", "/port-7/tides/{id}", "/port-7/pilots"}
	teams := make([]string, 0, len(ships))
	for _, p := range ships {
		teams = append(teams, strings.Replace(p, "port-7/", "teams/{id}/", 1))
	}
	for _, tt := range []struct {
		paths []string
		want  string
	}{
		{ships, "listShips getShip listCrews getCrew listCrates getCrate listCrateSeals listTides getTide listPilots"},
		{ships[:9], "listPort7Ships getPort7Ship listPort7Crews getPort7Crew listPort7Crates getPort7Crate listPort7CrateSeals listPort7Tides getPort7Tide"},
		{teams[4:], "listTeamCrates getTeamCrate listTeamCrateSeals listTeamTides getTeamTide listTeamPilots"},
		{append(teams, teams[0]+"/a"), "listTeamShips getTeamShip listTeamCrews getTeamCrew listTeamCrates getTeamCrate listTeamCrateSeals listTeamTides getTeamTide listTeamPilots getTeamShipsA"},
	} {
		var cs []*candidate
		for _, p := range tt.paths {
			cs = append(cs, &candidate{method: "GET", steps: subject("GET "+p, false).steps})
		}
		tell(cs)
		var got []string
		for _, c := range cs {
			got = append(got, nameSubject{method: c.method, steps: c.told}.idAt(0))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("got %s, want %s", s, tt.want)
		}
	}
}

// TestAnswersInNames: a list is one by what it answers, and so is what is none.
func TestAnswersInNames(t *testing.T) {
	for _, tt := range []struct {
		op      string
		answers answers
		id      string
	}{
		{"GET /preferences", answersOne, "getPreferences"},
		{"GET /preferences", answersAny, "listPreferences"},
		{"GET /remotes/file", answersPage, "listRemotesFiles"},
		{"GET /remotes/file", answersOne, "getRemotesFile"},
		{"GET /history", answersList, "listHistory"},
	} {
		n := subject(tt.op, false)
		if n.answers = tt.answers; n.idAt(0) != tt.id {
			t.Errorf("%s: %s, want %s", tt.op, n.idAt(0), tt.id)
		}
	}
	for op, want := range map[string]string{"POST /accounts/{id}/action": "createAccountAction", "POST /media": "createMedia", "POST /hooks/stock": "createHooksStock", "POST /rpm/copy": "copyRpm", "POST /login": "login", "POST /orders/{id}/cancel": "cancelOrder",
		"POST /readers/{id}/cancel-action": "cancelActionReader"} {
		if got := subject(op, false).idAt(0); got != want {
			t.Errorf("%s: %s, want %s", op, got, want)
		}
	}
}
