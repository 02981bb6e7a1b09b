package spectools

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// tagCount is a tag with the number of operations that have it.
type tagCount struct {
	Tag        string `json:"tag"`
	Operations int    `json:"operations"`
}

// tags returns the tags of the shown operations, sorted; "" are the operations without a tag.
func (s *Set) tags(ctx context.Context) (list []tagCount) {
	counts := map[string]int{}
	count := func(tag string) {
		if counts[tag]++; counts[tag] == 1 {
			list = append(list, tagCount{Tag: tag})
		}
	}
	for _, op := range s.shown(ctx) {
		if len(op.tags) == 0 {
			count("")
		}
		for i, t := range op.tags {
			if !slices.Contains(op.tags[:i], t) {
				count(sanitize.Description(t, 60))
			}
		}
	}
	for i := range list {
		list[i].Operations = counts[list[i].Tag]
	}
	slices.SortFunc(list, func(a, b tagCount) int { return strings.Compare(a.Tag, b.Tag) })
	return list
}

// maxTagList limits the tags that the schema of a search lists, in bytes.
const maxTagList = 600

// searchSchema returns the schema of a search as clients see it: it lists the tags if they are few.
// With a policy or pins, which may change, it lists none.
func (s *Set) searchSchema() string {
	var names []string
	for _, t := range s.tags(context.Background()) {
		if t.Tag != "" {
			names = append(names, t.Tag)
		}
	}
	list := strings.Join(names, ", ")
	if len(list) > maxTagList || s.o.Enforce != nil || s.o.Pins != nil {
		list = "An empty query lists the tags."
	}
	text, err := json.Marshal(list)
	if err != nil || list == "" {
		text = []byte(`"The API has no tags."`)
	}
	return strings.Replace(searchSchema, `"description":""`, `"description":`+string(text), 1)
}

// meantTag says which tag was meant by one that no operation has; "" if there is none to propose.
func (s *Set) meantTag(ctx context.Context, tag string) string {
	var names []string
	for _, t := range s.tags(ctx) {
		if strings.EqualFold(t.Tag, tag) {
			return ""
		}
		names = append(names, t.Tag)
	}
	near := spelling.Nearest(tag, names)
	if tag == "" || near == "" {
		return ""
	}
	return "no operation has this tag: did you mean " + near + "?"
}
