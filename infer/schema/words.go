package schema

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// lower writes a name as lower-case words joined by _, so that repoName and repo_name compare equal.
func lower(name string) string { return strings.Join(noun.Words(name), "_") }

// wholes are plurals that name one thing.
var wholes = map[string]bool{"details": true, "settings": true, "analytics": true, "statistics": true, "stats": true,
	"credentials": true, "preferences": true, "permissions": true, "contents": true, "metrics": true, "data": true, "media": true}

// singular gives the singular of the last word of a name written by lower.
func singular(name string) string {
	if wholes[name[strings.LastIndexByte(name, '_')+1:]] {
		return name
	}
	return noun.Singular(name)
}
