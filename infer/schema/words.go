package schema

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// lower writes a name as lower-case words joined by _, so that repoName and repo_name compare equal.
func lower(name string) string { return strings.Join(noun.Words(name), "_") }

// camel joins lower-case words as a type is named: repo_list is RepoList. What a component's name may not
// hold is left out.
func camel(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		switch {
		case r == '_' || r == '-' || r == '.':
			up = true
		case r >= 'a' && r <= 'z':
			if up {
				r -= 'a' - 'A'
			}
			b.WriteRune(r)
			up = false
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
			up = r <= '9'
		}
	}
	s := b.String()
	if s == "" {
		return "Object"
	}
	if s[0] <= '9' {
		return "N" + s
	}
	return s
}
