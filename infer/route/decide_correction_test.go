package route

import (
	"slices"
	"testing"
)

func TestCorrections(t *testing.T) {
	tree := newTestTree()
	for _, e := range parseRequests(t, `
GET /files/12 200 {"id":12}
GET /files/recent 200 []
GET /teams/red/members 200 []
GET /teams/blue/members 200 []
`) {
		add(tree, e)
	}
	templates := tree.Templates(Options{Corrections: []Correction{
		{Path: "/files/recent", Parameter: true},
		{Path: "/files/*", Name: "file"},
		{Path: "/teams/*", Parameter: true, Name: "team"},
		{Path: "/teams/red", Literal: true},
	}})
	var got []string
	for i := range templates {
		got = append(got, templates[i].String())
	}
	want := []string{"/files/{file}", "/teams/red/members", "/teams/{team}/members"}
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// TestCorrectionsUndo checks that corrections undo each kind of decision.
func TestCorrectionsUndo(t *testing.T) {
	for _, tt := range []struct {
		name, requests string
		correction     Correction
		want           string // a template that the correction makes
	}{
		{"a value with slashes", `
GET /shelves/3/docs/guide/intro.md 200 {"path":"guide/intro.md"}
GET /shelves/3/docs/README.md 200 {"path":"README.md"}
GET /shelves/3/docs/guide/usage.md 200 {"path":"guide/usage.md"}
`, Correction{Path: "/shelves/{shelf}/docs/guide", Literal: true}, "/shelves/{shelfId}/docs/guide/{docPath}"},
		{"a parameter below a value with slashes", `
GET /shelves/3/docs/guide/intro.md 200 {"path":"guide/intro.md"}
GET /shelves/3/docs/README.md 200 {"path":"README.md"}
GET /shelves/3/docs/guide/usage.md 200 {"path":"guide/usage.md"}
`, Correction{Path: "/shelves/{shelf}/docs/{chapter}/{page}", Parameter: true}, "/shelves/{shelfId}/docs/{docPath}/{page}"},
		{"the name of a value with slashes only", `
GET /shelves/3/docs/guide/intro.md 200 {"path":"guide/intro.md"}
GET /shelves/3/docs/README.md 200 {"path":"README.md"}
GET /shelves/3/docs/guide/usage.md 200 {"path":"guide/usage.md"}
`, Correction{Path: "/shelves/{shelf}/docs/{page}", Parameter: true, Name: "page"}, "/shelves/{shelfId}/docs/{page}"},
		{"an identifier", `
GET /boards/a1b2c3d4e5/cards 200 [{"id":1}]
GET /boards/a1b2c3d4e5/cards/1 200 {"id":1}
`, Correction{Path: "/boards/a1b2c3d4e5", Literal: true}, "/boards/a1b2c3d4e5/cards"},
		{"a dotted name", `
GET /accounts/7/services/Acme.Storage/volumes 200 [{"name":"vol-a"}]
GET /accounts/7/services/Acme.Queues/topics 200 [{"name":"top-a"}]
GET /accounts/7/services/Acme.Queues 200 {"name":"Acme.Queues"}
GET /accounts/7/services/Acme.Storage 200 {"name":"Acme.Storage"}
`, Correction{Path: "/accounts/{account}/services/Acme.Storage", Literal: true}, "/accounts/{accountId}/services/Acme.Storage/volumes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := newTestTree()
			for _, e := range parseRequests(t, tt.requests) {
				add(tree, e)
			}
			var got []string
			for _, x := range tree.Templates(Options{}) {
				got = append(got, x.String())
			}
			if slices.Contains(got, tt.want) {
				t.Fatalf("%v without the correction", got)
			}
			got = nil
			tt.correction.Name = "page"
			for _, x := range tree.Templates(Options{Corrections: []Correction{tt.correction}}) {
				got = append(got, x.String())
			}
			if !slices.Contains(got, tt.want) {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

// TestCorrectedNames checks that a parameter gets the name of a correction, independent of the
// other names on its path, and whether the correction names a value or all of them.
func TestCorrectedNames(t *testing.T) {
	for _, tt := range []struct {
		name, requests string
		correction     Correction
		want           string
	}{
		{"the name of the parameter above", `
GET /services/a1b2c3d4/turn_on 200 {"ok":1}
GET /services/b1b2c3d5/turn_on 200 {"ok":1}
GET /services/c1b2c3d6/turn_off 200 {"ok":1}
`, Correction{Path: "/services/*/*", Parameter: true, Name: "serviceId"}, "/services/{service}/{serviceId}"},
		{"a word that joins a parameter", `
GET /files/12 200 {"id":12}
GET /files/13 200 {"id":13}
GET /files/recent 200 []
`, Correction{Path: "/files/recent", Parameter: true, Name: "file"}, "/files/{file}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree := newTestTree()
			for _, e := range parseRequests(t, tt.requests) {
				add(tree, e)
			}
			got := tree.Templates(Options{Corrections: []Correction{tt.correction}})
			if len(got) != 1 || got[0].String() != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}
