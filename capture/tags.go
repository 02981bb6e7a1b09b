package capture

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/spectap/spectap/flow"
)

const (
	maxTags = 8   // of a header, for one flow
	maxTag  = 128 // bytes
)

// CheckTag returns an error unless a text can be a tag: 1 to 128 bytes of printable characters
// without commas, which separate tags.
func CheckTag(tag string) error {
	switch {
	case tag == "":
		return errors.New("a tag must not be empty")
	case len(tag) > maxTag:
		return fmt.Errorf("a tag may have %d bytes, this one has %d", maxTag, len(tag))
	case strings.ContainsFunc(tag, func(r rune) bool { return r == ',' || r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return errors.New("a tag may have printable characters except the comma")
	}
	return nil
}

// takeTags adds the tags of the tag header to a flow, and removes the header from the request and
// from the flow.
func (p *Proxy) takeTags(r *http.Request, f *flow.Flow) {
	name := p.cfg.TagHeader
	values := r.Header.Values(name)
	if len(values) == 0 {
		return
	}
	tags, more := slices.Clone(f.Tags), 0
	for t := range strings.SplitSeq(strings.Join(values, ","), ",") {
		t = strings.TrimSpace(t)
		if more < maxTags && CheckTag(t) == nil && !slices.Contains(tags, t) {
			tags, more = append(tags, t), more+1
		}
	}
	f.Tags = tags
	r.Header.Del(name)
	f.Request.Header = slices.DeleteFunc(f.Request.Header, func(h flow.Field) bool { return strings.EqualFold(h.Name, name) })
}
