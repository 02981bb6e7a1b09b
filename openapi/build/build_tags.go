package build

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// nestTags gives a tag the parent (3.2) that stands before it in the paths of all its operations:
// "issues" of /repos/{repo}/issues is below "repos", if there is that tag.
func nestTags(doc *openapi3.T) {
	above := map[string]map[string]bool{} // by tag: the tags that are literals in all its paths
	names := map[string]bool{}
	for _, t := range doc.Tags {
		names[t.Name] = true
	}
	for path, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, tag := range op.Tags {
				before := map[string]bool{}
				for s := range strings.SplitSeq(path, "/") {
					if s = strings.ToLower(s); s == tag {
						break
					} else if names[s] {
						before[s] = true
					}
				}
				if all := above[tag]; all == nil {
					above[tag] = before
				} else {
					maps.DeleteFunc(all, func(s string, _ bool) bool { return !before[s] })
				}
			}
		}
	}
	for _, t := range doc.Tags {
		if parents := slices.Collect(maps.Keys(above[t.Name])); len(parents) == 1 && !above[parents[0]][t.Name] {
			t.Extensions = map[string]any{"parent": parents[0]}
		}
	}
}
