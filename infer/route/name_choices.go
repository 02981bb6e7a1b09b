package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// nameChoice is a possible name for a parameter and the rule it comes from.
type nameChoice struct{ name, rule string }

// choices lists names for a parameter, the best first.
func (n *namer) choices(p *level) []nameChoice {
	if p.param.MultiSegment {
		return n.multiSegmentChoices(p)
	}
	if word := p.languageWord(); word != "" {
		return []nameChoice{{word, "its values are languages"}, {word + "_tag", "its values are languages"}}
	}
	of, fallback := p.nounAndFallback()
	l := &choiceList{style: n.style, noun: of, words: noun.Words(noun.Singular(of))}
	if by := slices.Index(l.words, "by"); by >= 0 && by+1 < len(l.words) { // by-external/{external_id}
		l.words = l.words[by+1:]
	}
	field := n.mainField(p)
	switch {
	case n.isOwner(p): // owner/repo: the noun above names the second parameter
		if w := n.ownerWord(p, l.words); w != "" {
			l.put("the property whose object it names", noun.Words(w)...)
		}
		l.putSimilar(n, p)
		l.put("precedes one of "+of, "owner")
		l.putNoun("precedes one of ", "owner")
	// packages/{package}/{version}: the noun above names the first parameter
	case p.followsParameter() && !n.isOwner(p.parent):
		if field != "" && !ownerlessWords[field] {
			l.put("the property that holds it", noun.Words(field)...)
		}
		l.putSimilar(n, p)
		if f := strings.ToLower(field); ownerlessWords[f] {
			l.putNoun("belongs to one of ", f)
		}
		if f := p.param.Format; f == "date" || f == "email" || f == "ip" {
			l.put("its format", f)
		}
		l.putNoun("belongs to one of ", "item")
		return append(l.out, fallback)
	}
	if w := n.aboveField(p); w != "" && !n.fieldNames[noun.Fold(strings.Join(l.words, ""))+"id"] {
		l.put("a property named after a segment above holds its values", noun.Words(w)...)
	}
	if f := strings.ToLower(field); ownerlessWords[f] && classOf(f, false) == classIDField && f != "login" &&
		f != "slug" && (!n.style.bareReferences || ownIDWords[f]) {
		l.putField(n, p, field)
	}
	if w := n.ownField(p, l.words); w != "" {
		l.put("a property of that name holds its values", noun.Words(w)...)
	}
	if n.style.bareReferences {
		l.putNoun("one of ")
	}
	l.putField(n, p, field)
	l.putSimilar(n, p)
	if n.hasMostlyIDs(p) && !p.followsParameter() {
		l.putNoun("one of ", "id")
	}
	l.putNoun("one of ")
	l.putNoun("one of ", "id")
	l.putNoun("one of ", "name")
	return append(l.out, fallback)
}

// nounAndFallback returns the noun that the values are instances of, and the name of the parameter
// if nothing else names it.
func (l *level) nounAndFallback() (of string, fallback nameChoice) {
	of, fallback = l.collectionNoun(), nameChoice{"id", "a value"}
	if len(l.chunks) > 1 && l.chunks[0].Param == nil && l.ownNoun() == "" { // @alice
		fallback = nameChoice{"name", "a name after " + l.chunks[0].Literal}
	}
	return of, fallback
}

// ownNoun returns the noun that the segment of a parameter holds itself, or "": Products(1),
// lists(guid'…'), year=2024.
func (l *level) ownNoun() string {
	if len(l.chunks) < 2 || l.chunks[0].Param != nil || strings.Contains(signs, l.chunks[0].Literal) {
		return ""
	}
	name, _, _ := strings.Cut(l.chunks[0].Literal, "(")
	return strings.TrimRight(name, "=")
}

// followsParameter reports whether another parameter stands where the noun should be.
func (l *level) followsParameter() bool { return l.parent.isParameter() && l.ownNoun() == "" }

// choiceList collects names for a parameter.
type choiceList struct {
	style style
	noun  string
	words []string // of the noun in the singular
	out   []nameChoice
}

// clientVariables are folded names that a generated client gives its own variables and packages: a
// client of oapi-codegen with a path parameter "server" does not compile, since its functions have
// two parameters of that name.
var clientVariables = set("append", "body", "buf", "bytes", "c", "contenttype", "ctx", "err", "error", "fmt", "http",
	"io", "json", "nil", "params", "req", "rsp", "runtime", "server", "string", "strings", "url")

// put adds a name that consists of words. It adds "name" to a word that generated clients use.
func (l *choiceList) put(rule string, words ...string) {
	if len(words) == 0 || words[0] == "" {
		return
	}
	if clientVariables[noun.Fold(strings.Join(words, ""))] {
		words = append(slices.Clone(words), "name")
	}
	l.out = append(l.out, nameChoice{l.style.join(words), rule})
}

// putNoun adds the noun with further words after it.
func (l *choiceList) putNoun(rule string, after ...string) {
	if n := len(l.words); n > 0 && !(len(after) > 0 && l.words[n-1] == after[0]) { // external_id/{external_id}
		l.put(rule+l.noun, append(slices.Clone(l.words), after...)...)
	}
}

// putField adds names made from the property that holds the values.
func (l *choiceList) putField(n *namer, p *level, field string) {
	words := noun.Words(field)
	switch {
	case len(words) == 0:
	case len(l.words) == 0:
		l.put("the property that holds it", words...)
	case len(words) > 1 && words[len(words)-2] == l.words[len(l.words)-1]:
		l.putNoun("the property that holds it, one of ", words[len(words)-1])
	case len(words) > 1 && classOf(field, false)&classIDField != 0:
		if name := n.nameByNoun[l.noun+n.nounKind(p)]; name != "" {
			l.out = append(l.out, nameChoice{name, "the name used below the same noun elsewhere"})
		}
		l.put("the property that holds it", words...)
	case len(words) > 1 && (len(l.words) > 1 || len(l.words[0]) > 2):
	case p.followsParameter():
		l.putNoun("one of ")
	case words[0] == "name" && n.style.byName && !n.hasParamBelow[p]:
		l.put("the property that holds it, as for most parameters", "name")
	case words[0] == "name" && nameWords[l.words[len(l.words)-1]]: // a branch, a tag: the noun itself is the name
		l.putNoun("one of ")
	case words[0] == "name":
		l.putNoun("the property that holds it, one of ", "name")
	case len(l.words) == 1 && len(l.words[0]) <= 2: // /r/{…}, /u/{…}
		l.put("the property that holds it", words...)
	case (words[0] == "login" || words[0] == "username") && len(l.words) == 1 && IsPerson(l.words[0]):
		l.put("the login of a person", "username")
	case words[0] == "login", words[0] == "username":
	case ownerlessWords[words[0]]:
		l.putNoun("the property that holds it, one of ", words[0])
	case !slices.Contains(l.words, words[0]):
		l.put("the property that holds it", words...)
	}
}

// putSimilar adds the names of other parameters with the same values, or below the same noun.
func (l *choiceList) putSimilar(n *namer, p *level) {
	if name := n.nameOfSameValues(p); name != "" {
		l.out = append(l.out, nameChoice{name, "the name used for the same values elsewhere"})
	}
	if name := n.nameByNoun[l.noun+n.nounKind(p)]; name != "" && !p.followsParameter() &&
		n.childParam[p] == nil && len(p.param.Fields) == 0 {
		l.out = append(l.out, nameChoice{name, "the name used below the same noun elsewhere"})
	}
}

// nameOfSameValues returns the name of another parameter that has most of the values, too. Small
// integers are equal by chance: api-keys/2 is no category because categories/2 is one.
func (n *namer) nameOfSameValues(p *level) string {
	best, most := "", 0
	counts := map[string]int{}
	for _, c := range p.members {
		if !c.ownNode || commonLiterals[c.decoded] { // default, latest, …: may belong to anything
			continue
		}
		for _, q := range n.paramsByValue[c.hash] {
			if q != p && (n.childParam[q] != nil) == (n.childParam[p] != nil) && n.nounKind(q) == n.nounKind(p) {
				counts[q.param.Name]++
			}
		}
	}
	for name, k := range counts {
		if k > most || k == most && name < best {
			best, most = name, k
		}
	}
	// A few words that already name several kinds of objects may name another one here.
	isAmbiguous := len(counts) > 1 && most < minNamedWords && p.hasPlainWords()
	if 2*most <= len(p.members) || isAmbiguous || p.hasSmallIntegers() {
		return ""
	}
	return best
}

// multiSegmentChoices lists names for a parameter that spans slashes.
func (n *namer) multiSegmentChoices(p *level) []nameChoice {
	var out []nameChoice
	for _, u := range n.holders[p] {
		if u.Field == "path" || u.Field == "ref" {
			out = append(out, nameChoice{u.Field, "the property that holds it"})
		}
	}
	return append(out, nameChoice{"path", "spans slashes"}, nameChoice{"rest", "spans slashes"})
}
