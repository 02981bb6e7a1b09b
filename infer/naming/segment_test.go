package naming

import (
	"strings"
	"testing"
)

// TestSpelling holds that the names of components separate the words that a path joins.
func TestSpelling(t *testing.T) {
	spelling := NewSpelling([]string{"CargoShip", "HarborPolicyList", "Pier"}, nil)
	for _, tt := range []struct{ op, id, summary string }{
		{"GET /cargoships/{id}", "getCargoShip", "Get a cargo ship"},
		{"POST /cargoships", "createCargoShip", "Create a cargo ship"},
		{"GET /piers/{pier}/harborpolicies", "listPierHarborPolicies", "List the harbor policies of a pier"},
		{"GET /cargo-ships/{id}", "getCargoShip", "Get a cargo ship"},
		{"GET /apis/fleet.example.org/v1/cargoships/{id}", "getFleetCargoShip", "Get a cargo ship"},
		{"GET /apis/night.fleet.example.co.uk/v1/piers", "listNightFleetPiers", "List the piers"},
		{"GET /apis/{id}", "getApi", "Get an API"},
		{"GET /piers/{pier}/chart.tar.gz", "getPierChartTarGz", "Get the chart tar gz of a pier"},
		{"GET /example.org/piers", "listExampleOrgPiers", "List the piers"},
		{"GET /harbor/harbors/{id}", "getHarbor", "Get a harbor"},
		{"GET /api", "getApi", "Get the API"},
		{"GET /piers/search", "searchPiers", "Search piers"},
		{"GET /piers/{id}/export", "exportPier", "Export a pier"},
		{"GET /search", "search", "Search"},
		{"GET /search/{id}", "getSearch", "Get a search"},
		{"GET /apiservices/{id}", "getApiService", "Get an API service"},
		{"GET /dnsmasq/{id}", "getDnsmasq", "Get a dnsmasq"},
		{"GET /housekeeping/logs", "listHousekeepingLogs", "List the housekeeping logs"},
		{"GET /playthroughs/{id}", "getPlaythrough", "Get a playthrough"},
		{"GET /ota-packages/{id}", "getOtaPackage", "Get an OTA package"},
		{"POST /rpm/copy", "copyRpm", "Copy the RPM"},
	} {
		t.Run(tt.op, func(t *testing.T) {
			o := operation(tt.op, ResponseUnknown)
			o.Segments = spelling.Apply(o.Segments)
			checkNames(t, o, tt.id, tt.summary)
		})
	}
}

// TestReduce holds that names leave out the literals before all paths of an API.
func TestReduce(t *testing.T) {
	ships := []string{"/port-7/{dock}/ships", "/port-7/{dock}/ships/{id}", "/port-7/{dock}/crews",
		"/port-7/{dock}/crews/{id}", "/port-7/_api/v1/crates", "/port-7/_api/v1/crates/{id}",
		"/port-7/_api/v1/crates/{id}/seals", "/port-7/tides", "/port-7/tides/{id}", "/port-7/pilots"}
	teams := make([]string, 0, len(ships))
	for _, p := range ships {
		teams = append(teams, strings.Replace(p, "port-7/", "teams/{id}/", 1))
	}
	for _, tt := range []struct {
		name  string
		paths []string
		want  string
	}{
		{"shared literal", ships,
			"listShips getShip listCrews getCrew listCrates getCrate listCrateSeals listTides getTide listPilots"},
		{"too few paths", ships[:9], "listPort7Ships getPort7Ship listPort7Crews getPort7Crew listPort7Crates getPort7Crate " +
			"listPort7CrateSeals listPort7Tides getPort7Tide"},
		{"few paths below a parameter", teams[4:],
			"listTeamCrates getTeamCrate listTeamCrateSeals listTeamTides getTeamTide listTeamPilots"},
		{"a literal before a parameter", append(teams, teams[0]+"/a"), "listTeamShips getTeamShip listTeamCrews getTeamCrew " +
			"listTeamCrates getTeamCrate listTeamCrateSeals listTeamTides getTeamTide listTeamPilots getTeamShipsA"},
		{"a mark", []string{"/-/search", "/-/teams/{id}", "/-"}, "search getTeam getRoot"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var paths [][]Segment
			for _, p := range tt.paths {
				paths = append(paths, segments(p))
			}
			var got []string
			for _, p := range Reduce(paths) {
				got = append(got, Operation{Method: "GET", Segments: p}.idAt(0))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

// TestSection checks that the section which nearly all operations are in is not said, unless names
// would be those of others.
func TestSection(t *testing.T) {
	var paths [][]Segment
	for _, noun := range []string{"ships", "crews", "crates", "tides", "pilots", "docks", "seals", "lamps", "bells", "maps"} {
		paths = append(paths, segments("/api/harbor/"+noun), segments("/api/harbor/"+noun+"/{id}"))
	}
	paths = append(paths, segments("/api/sea/ships"), segments("/api/maps"), segments("/api/sea/{name}"))
	names := func(paths [][]Segment) string {
		var out []string
		for _, p := range Reduce(paths) {
			out = append(out, Operation{Method: "GET", Segments: p}.idAt(0))
		}
		return strings.Join(out, " ")
	}
	got := names(paths)
	for _, want := range []string{"listShips getShip ", "listSeaShips", "listHarborMaps getMap", " listMaps", "getSea"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	if got := names(paths[2:]); !strings.Contains(got, "listHarborCrews") {
		t.Errorf("a section of few operations is not said: %s", got)
	}
}

// TestSwitchWithoutBody checks verbs at the end of PUT without a body.
func TestSwitchWithoutBody(t *testing.T) {
	for path, want := range map[string]string{
		"/cache/flush": "Flush the cache", "/zones/{id}/log-retrieve": "Retrieve the log of a zone", "/lamps/{id}/on": "Turn on a lamp",
	} {
		o := operation("PUT "+path, ResponseUnknown)
		o.IsAlone, o.IsBodiless = true, true
		if got := o.Summary(nil); got != want {
			t.Errorf("PUT %s is %q, want %q", path, got, want)
		}
		o.IsBodiless = false
		if got := o.Summary(nil); got == want {
			t.Errorf("PUT %s with a body is %q, too", path, got)
		}
	}
}
