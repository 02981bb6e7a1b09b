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
		var operations []Operation
		for _, p := range Reduce(paths) {
			operations = append(operations, Operation{Method: "GET", Segments: p})
		}
		return strings.Join(IDs(operations), " ")
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

// TestOwnNouns holds that a parameter that no word of the path names is named after itself.
func TestOwnNouns(t *testing.T) {
	texts := []string{"/v3/{recipient_domain}/bounces", "/v3/{domainName}", "/{owner}/{repo}/issues", "/t/{topic_id}/posts", "/t/{id}",
		"/storage/v2/{project_id}/volumes", "/{id}/hulls", "/{email}/hulls", "/{api_version}/hulls", "/{user_id2}/hulls", "/docks/v2/{id}/hulls", "/u/{username}"}
	var paths [][]Segment
	for _, text := range texts {
		paths = append(paths, segments(text))
	}
	var operations []Operation
	for _, p := range Reduce(paths) {
		operations = append(operations, Operation{Method: "DELETE", Segments: p})
	}
	ids, tags := IDs(operations), Tags(operations, nil)
	for i, want := range []string{"deleteBounces: Delete the bounces of a recipient domain, bounces", "deleteDomain: Delete a domain, ",
		"deleteIssues: Delete the issues of a repo, issues", "deleteTopicPosts: Delete the posts of a topic, topics", "deleteTopic: Delete a topic, topics",
		"deleteStorageVolumes: Delete the volumes of a project, storage", "deleteHullsById: Delete the hulls, hulls",
		"deleteHullsByEmail: Delete the hulls, hulls", "deleteHullsByApiVersion: Delete the hulls, hulls",
		"deleteHullsByUserId2: Delete the hulls, hulls", "deleteDocksHulls: Delete the hulls, docks",
		"deleteUser: Delete a user, users"} {
		if got := ids[i] + ": " + operations[i].Summary(nil) + ", " + tags[i]; got != want {
			t.Errorf("%s: got %q, want %q", texts[i], got, want)
		}
	}
}

// TestSharedOwners holds that what nearly all names would share is left out, in the path before
// parameters, too.
func TestSharedOwners(t *testing.T) {
	var operations []Operation
	var paths [][]Segment
	for _, n := range []string{"ships", "crews", "crates", "tides", "pilots", "docks", "seals", "lamps", "bells", "maps"} {
		paths = append(paths, segments("/_fleet/client/v3/ports/{port}/"+n), segments("/_fleet/client/v3/ports/{port}/"+n+"/{id}"))
	}
	paths = append(paths, segments("/_fleet/v1/maps"), segments("/_fleet/client/v3/ports/{port}"))
	for _, p := range Reduce(paths) {
		operations = append(operations, Operation{Method: "DELETE", Segments: p})
	}
	ids := IDs(operations)
	for i, want := range map[int]string{0: "deleteShips: Delete the ships of a port", 3: "deleteCrew: Delete a crew of a port",
		18: "deletePortMaps: Delete the maps of a port", 20: "deleteMaps: Delete the maps", 21: "deletePort: Delete a port"} {
		if got := ids[i] + ": " + operations[i].Summary(nil); got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
}
