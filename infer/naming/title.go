package naming

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"github.com/spectap/spectap/infer/noun"
)

// Title returns a title for the API of a host: "Acme Billing API" for billing.acme.com, or the host
// itself if the spelling of its name is unknown ("api.acmeworks.com"). For a host without a name,
// such as an IP address, it is the product of a version header (Acme-Version), or the two tags that
// most operations have, or "API". headers are names of request headers, observed names and
// constants as the API writes them.
//
// It is made of names of the API's owner. Server and X-Powered-By name the software below; a name
// in a response is a captured value and may be a person's.
func Title(authority string, headers, tags, observed []string, v *Vocabulary) string {
	name, domain := hostWords(authority)
	if len(name) == 0 {
		name = versionedWords(headers)
	}
	if len(name) > 0 {
		for i, w := range name[:domain] {
			if name[i] = writtenName(w, append(slices.Clone(headers), observed...), v); name[i] == "" {
				return hostOf(authority)
			}
		}
		return titleOf(name, v)
	}
	counts, longest := map[string]int{}, map[string]string{} // by tag in the singular
	for _, t := range tags {
		if t == "" {
			continue
		}
		one := noun.Singular(t)
		counts[one]++
		if len(t) > len(longest[one]) {
			longest[one] = t
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	if len(most) == 0 {
		return "API"
	}
	title := capitalize(v.text(strings.Split(longest[most[0]], "-")))
	if len(most) > 1 {
		title += " and " + v.text(strings.Split(longest[most[1]], "-"))
	}
	return title + " API"
}

// versionedWords returns the words of what a header gives the version of: "acme" for Acme-Version,
// nil if no header or several do so.
func versionedWords(headers []string) []string {
	var name []string
	for _, h := range headers {
		words := noun.Words(h)
		n := len(words)
		if n < 2 || words[n-1] != "version" {
			continue
		}
		words = slices.DeleteFunc(words[:n-1], func(w string) bool { return w == "x" || isUninformative(w) })
		isOther := func(w string) bool { return w == "client" || w == "sdk" || w == "schema" || w == "accept" || w == "if" }
		if len(words) == 0 || slices.ContainsFunc(words, isOther) {
			continue
		}
		if name != nil && !slices.Equal(name, words) {
			return nil
		}
		name = words
	}
	return name
}

// titleOf writes words as a title.
func titleOf(words []string, v *Vocabulary) string {
	for i, w := range words {
		words[i] = capitalize(v.spell(w))
	}
	if strings.EqualFold(words[len(words)-1], "api") {
		words = words[:len(words)-1]
	}
	return strings.Join(append(words, "API"), " ")
}

// hostOf returns the host of an authority in lower case, without port and final dot.
func hostOf(authority string) string {
	host, _, _ := strings.Cut(strings.ToLower(authority), ":")
	return strings.TrimSuffix(host, ".")
}

// hostWords returns the words of a host name that identify its owner: those of its registered
// domain, of which there are n, then those below it. An address, this machine and names without a
// letter have none.
func hostWords(authority string) (words []string, n int) {
	if strings.HasPrefix(authority, "[") {
		return nil, 0 // an IPv6 address
	}
	host := hostOf(authority)
	_, err := netip.ParseAddr(host)
	if host == "" || host == "localhost" || err == nil || strings.HasSuffix(host, ".localhost") {
		return nil, 0
	}
	labels := strings.Split(host, ".")
	domain := labels[:1]
	if registered, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		name, _, _ := strings.Cut(registered, ".")
		domain = []string{name}
		labels = labels[:len(labels)-strings.Count(registered, ".")-1]
	} else {
		labels = nil // a name of a private network: service.namespace.svc
	}
	words = noun.Words(domain[0])
	if labels != nil {
		n = len(words)
	}
	for i := len(labels) - 1; i >= 0; i-- {
		for _, w := range noun.Words(labels[i]) {
			if !isUninformative(w) && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	isName := func(w string) bool { return !isUninformative(w) }
	if len(words) > maxTitleWords || !slices.ContainsFunc(words, isName) {
		return nil, 0
	}
	return words, n
}

// longestName is the length of the longest word of a host that is taken for one word though it is
// not English.
const longestName = 8

// writtenName returns a word of a domain as its owners write it: as the API does itself (GitHub for
// github, Acme for acmehq), or with a capital if it is one word. It returns "" for words written
// together.
func writtenName(w string, observed []string, v *Vocabulary) string {
	if name := observedName(w, observed); name != "" {
		return name
	}
	for _, ending := range [...]string{"hq", "inc", "corp", "api"} {
		stem, ok := strings.CutSuffix(w, ending)
		if !ok || len(stem) < 4 {
			continue
		}
		return observedName(stem, observed)
	}
	if noun.IsEnglishWord(w) || v.spell(w) != w || len(w) <= longestName && !noun.IsEnglish(w) {
		return capitalize(v.spell(w))
	}
	return ""
}

// observedName returns the most frequent spelling of a word with a capital among names of an API,
// or "" if there is none.
func observedName(w string, names []string) string {
	counts := map[string]int{}
	for _, name := range names {
		i := strings.Index(strings.ToLower(name), w)
		if i < 0 || len(strings.ToLower(name)) != len(name) {
			continue
		}
		seen, rest := name[i:i+len(w)], name[i+len(w):]
		isWhole := (i == 0 || !unicode.IsLetter(rune(name[i-1]))) && (rest == "" || !unicode.IsLower(rune(rest[0])))
		if isWhole && unicode.IsUpper(rune(seen[0])) && seen != strings.ToUpper(seen) {
			counts[seen]++
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	if len(most) == 0 {
		return ""
	}
	return most[0]
}

// maxTitleWords is how many words of a host a title has at most. Longer names are generated.
const maxTitleWords = 5

// isUninformative reports whether a word of a host is the place, version or kind of a server, or a
// generated name.
func isUninformative(w string) bool {
	switch w {
	case "api", "apis", "www", "rest", "gateway", "gw", "app", "web", "http", "https", "prod", "production", "staging",
		"stage", "dev", "test", "testing", "sandbox", "demo", "qa", "uat", "local", "internal", "public", "server", "svc", "host", "cloud",
		"us", "eu", "ap", "east", "west", "north", "south", "central", "default", "localhost":
		return true
	}
	return len(w) < 2 || IsVersion(w) || hasDigit(w)
}
