package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// hostEndings are the top-level domains that names of hosts are recognized by. Those that are also
// extensions of files or words of programs (.sh, .app, .info) are not among them: users.info.
var hostEndings = set("com", "org", "net", "edu", "gov", "io", "example", "invalid")

// hasHostForm reports whether a segment is written like the name of a host. A package begins with
// the top-level domain: com.example.app.
func hasHostForm(s string) bool {
	labels := strings.Split(strings.ToLower(s), ".")
	if len(labels) < 2 || hostEndings[labels[0]] {
		return false
	}
	return !slices.ContainsFunc(labels, func(l string) bool {
		if l == "" || l[0] == '-' || l[len(l)-1] == '-' {
			return true
		}
		return strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
	})
}

// findHosts returns the names of hosts at a level, or else those of types or files, with what they
// are. Where one is a host, all that are written like one are: customers have domains of all kinds.
// Groups of an API are called so, too; versions follow these: apis/fleet.example.org/v1.
func (d *decider) findHosts(parent *level, all []*candidate) map[*candidate]string {
	out, known := map[*candidate]string{}, false
	for _, c := range all {
		if !c.ownNode || c.isStrong() || !hasHostForm(c.decoded) {
			continue
		}
		isKnown := hostEndings[strings.ToLower(c.decoded[strings.LastIndexByte(c.decoded, '.')+1:])]
		if known = known || isKnown; isKnown && d.leadsToVersion(c) {
			return nil
		}
		out[c] = "it is the name of a host"
	}
	if !known {
		return findTypeNames(parent, all)
	}
	return out
}

// findTypeNames returns the dotted names of which two are directly below a value, or are followed
// by the same: m.annotation, state/m.room.name/{id}. Procedures are not: chat.postMessage. Where
// there are none, it returns the names of files.
func findTypeNames(parent *level, all []*candidate) map[*candidate]string {
	types, out := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return !isTypeName(c) }), map[*candidate]string{}
	for _, c := range types[:min(len(types), maxComparedSiblings)] {
		if slices.ContainsFunc(types, func(o *candidate) bool {
			return o != c && (parent.isParameter() || countCommon(c.nextLabels, o.nextLabels) > 0)
		}) {
			out[c] = "it is a name with dots, as those beside it are"
		}
	}
	if len(out) == 0 {
		return findFileNames(parent, all)
	}
	return out
}

// findFileNames returns the names of files, which differ in more than their extensions and have not
// only those of formats: attachments/log.txt, attachments/trace.json. A word with two extensions
// has formats (badge.json, badge.png), and procedures end in words: files.list.
func findFileNames(parent *level, all []*candidate) map[*candidate]string {
	out, stems, formats := map[*candidate]string{}, map[string]bool{}, 0
	for _, c := range all {
		e, isFormat := fileExtension(c.decoded), dataExtension(c.decoded) != ""
		switch {
		case !c.ownNode || c.isStrong() || !strings.Contains(c.decoded, "."):
			continue
		case e == "" || !isFormat && noun.IsEnglishWord(e):
			return nil
		}
		out[c] = "it is the name of a file, as those beside it are"
		stems[strings.TrimSuffix(c.decoded, "."+e)] = true
		formats += boolToInt(isFormat)
	}
	if len(stems) < max(2, len(out)) || formats == len(out) || parent.parent == nil {
		return nil
	}
	return out
}

// isTypeName reports whether a segment consists of words in small letters between dots, and does
// not end as files do.
func isTypeName(c *candidate) bool {
	dots, ending := strings.Count(c.decoded, "."), c.decoded[strings.LastIndexByte(c.decoded, '.')+1:]
	return c.ownNode && dots > 0 && (dots > 1 || len(ending) > len("json")) && !isUpper(c.decoded[0]) &&
		shapeOf(strings.ReplaceAll(c.decoded, ".", "-")) == shapeWord
}

// host finds the name of a host, a type or a file.
func (q *question) host() finding {
	why := q.s.hosts()[q.c]
	return finding{times: float64(boolToInt(why != "")), explanation: why}
}
