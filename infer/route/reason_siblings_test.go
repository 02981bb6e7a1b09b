package route

import (
	"strings"
	"testing"
)

// TestVersionsOfNumbers checks when the number in the first of some paths is the version of an API.
func TestVersionsOfNumbers(t *testing.T) {
	for _, tt := range []struct {
		paths string
		want  bool
	}{
		{"/2/users /2/posts", true},
		{"/2/users", true},
		{"/2/users /3/users /4/users", true},
		{"/api/2/users /api/2/posts", true},
		{"/api/2/users", true},
		{"/API/2/users", true},
		{"/1.1/statuses /1.1/search", true},
		{"/api/2024-01-01/users /api/2024-01-01/posts", true},
		{"/books/2/pages /books/2/covers", false},
		{"/bars/range/1/day", false},
		{"/maps/api/1/tiles /maps/api/1/places", true},
		{"/team/1/games /team/1/members", true},
		{"/team/1/games /team/1/members /team/2/games /team/2/members", true},
		{"/team/1/games /team/1/members /team/2/games", false},
		{"/team/1/games /team/1/members /team/2/games /team/2/members /team/3/games /team/3/members", false},
		{"/api/1/games /api/1/members /api/2/games /api/3/games", true},
	} {
		tree := newTestTree()
		paths := strings.Fields(tt.paths)
		for _, p := range paths {
			for range 3 {
				add(tree, &Exchange{Method: "GET", Path: p, Status: 200, HasBody: true})
			}
		}
		if got := Match(tree.Templates(Options{}), paths[0]).String(); (got == paths[0]) != tt.want {
			t.Errorf("%s: %s", tt.paths, got)
		}
	}
}
