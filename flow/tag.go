package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

const (
	maxTags = 8   // that AddTags adds
	maxTag  = 128 // bytes
)

// rulePrefix begins the tags of [AddRule].
const rulePrefix = "rule:"

// AddRule returns tags with one that names a rule of the proxy that changed the exchange. It does
// not change tags.
func AddRule(tags []string, rule string) []string {
	tag := rulePrefix + strings.ReplaceAll(rule, ",", " ")
	if slices.Contains(tags, tag) {
		return tags
	}
	return append(slices.Clip(tags), tag)
}

// ByRule reports whether a rule of the proxy changed, held or answered the exchange, so that the
// exchange is no evidence about the API. A header that a rule set in the request does not count.
func (f *Flow) ByRule() bool {
	return f.Request.Changed&^HeaderChanged != 0 || f.Response != nil && f.Response.Changed != 0 ||
		slices.ContainsFunc(f.Tags, func(t string) bool { return strings.HasPrefix(t, rulePrefix) })
}

// ServerNameTag begins the tag of a flow whose client named another host in the TLS handshake (SNI)
// than that of the connection. The name follows.
const ServerNameTag = "sni:"

// ForeignServerName returns the host that the TLS handshake named, if it is another one than that
// of the connection, or "".
func (f *Flow) ForeignServerName() string {
	for _, t := range f.Tags {
		if name, ok := strings.CutPrefix(t, ServerNameTag); ok {
			return name
		}
	}
	return ""
}

// CheckTag returns an error unless a text can be a tag: 1 to 128 bytes of printable characters
// without commas, which separate tags. In filters, none stands for flows without tags.
func CheckTag(tag string) error {
	switch {
	case tag == "":
		return errors.New("a tag must not be empty")
	case strings.HasPrefix(tag, rulePrefix):
		return errors.New("a tag that begins with rule: names a rule that changed the exchange")
	case tag == "none":
		return errors.New("tag:none selects flows without tags, so that none is no tag")
	case len(tag) > maxTag:
		return fmt.Errorf("a tag may have %d bytes, this one has %d", maxTag, len(tag))
	case strings.ContainsFunc(tag, func(r rune) bool { return r == ',' || r == unicode.ReplacementChar || !unicode.IsPrint(r) }):
		return errors.New("a tag may have printable characters except the comma")
	}
	return nil
}

// AddTags returns tags with those of a list with commas. It omits tags that CheckTag refuses and
// those that are there already, and adds eight at most. It does not change tags.
func AddTags(tags []string, list string) []string {
	all, left := slices.Clone(tags), maxTags
	for t := range strings.SplitSeq(list, ",") {
		t = strings.TrimSpace(t)
		if left > 0 && CheckTag(t) == nil && !slices.Contains(all, t) {
			all, left = append(all, t), left-1
		}
	}
	return all
}
