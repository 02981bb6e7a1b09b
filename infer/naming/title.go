package naming

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/spectap/spectap/infer/noun"
)

// Title returns a title for the API of a host: "Acme Billing API" for billing.acme.com. For a host
// without a name, such as an IP address, it is what a header gives the version of (Acme-Version),
// or the two tags that most operations have, or "API". headers are names of request headers.
func Title(authority string, headers, tags []string, v *Vocabulary) string {
	name := hostWords(authority)
	if len(name) == 0 {
		name = versionedWords(headers)
	}
	if len(name) > 0 {
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
		words = slices.DeleteFunc(words[:n-1], func(w string) bool { return w == "x" || saysNothing(w) })
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

// hostWords returns the words of the name of a host that say whose it is: those of its registered
// domain, then those below it. An address, this machine and names without a letter have none.
func hostWords(authority string) []string {
	host := strings.ToLower(authority)
	if strings.HasPrefix(host, "[") {
		return nil // an IPv6 address
	}
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimSuffix(host, ".")
	_, err := netip.ParseAddr(host)
	if host == "" || host == "localhost" || err == nil || strings.HasSuffix(host, ".localhost") {
		return nil
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
	words := noun.Words(domain[0])
	for i := len(labels) - 1; i >= 0; i-- {
		for _, w := range noun.Words(labels[i]) {
			if !saysNothing(w) && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	isName := func(w string) bool { return !saysNothing(w) }
	if len(words) > maxTitleWords || !slices.ContainsFunc(words, isName) {
		return nil
	}
	return words
}

// maxTitleWords is how many words of a host a title has at most. Longer names are generated.
const maxTitleWords = 5

// saysNothing reports whether a word of a host is the place, version or kind of a server, or a
// generated name.
func saysNothing(w string) bool {
	switch w {
	case "api", "apis", "www", "rest", "gateway", "gw", "app", "web", "http", "https", "prod", "production", "staging",
		"stage", "dev", "test", "testing", "sandbox", "demo", "qa", "uat", "local", "internal", "public", "server", "svc", "host", "cloud",
		"us", "eu", "ap", "east", "west", "north", "south", "central", "default", "localhost":
		return true
	}
	return len(w) < 2 || IsVersion(w) || hasDigit(w)
}
