package route

import "testing"

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
