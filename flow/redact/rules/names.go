package rules

import (
	_ "embed"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/ascii"
)

// Class is the sensitivity of the values of a name.
type Class uint8

const (
	// Plain names are neutral: the form of the value decides.
	Plain Class = iota
	// About names describe something: its type, times, owner. Below the name of a secret, their
	// values are not secret.
	About
	// Identifier names hold ids, hashes and cursors, which are expected to look random.
	Identifier
	// Personal names hold data of a person: a name, a birth date, an address, a diagnosis.
	// Redaction shows it; a document does not repeat it.
	Personal
	// Weak names ("key", "code", "auth") hold secrets if the value looks generated.
	Weak
	// Code names ("2fa", "promo_code") hold codes that people type, or something else.
	Code
	// Shown names stand next to the label of a secret, and hold the secret or a text about it.
	Shown
	// Below names stand below that of a secret. Their text is secret; numbers, dates and links are
	// not.
	Below
	// Identity names hold national ids, card numbers and bank accounts, if the value looks like
	// one.
	Identity
	// Secret names hold secrets, regardless of the value's shape.
	Secret
)

// classNames are the names of the classes in names.txt and words.txt.
var classNames = map[string]Class{"about": About, "identifier": Identifier, "personal": Personal, "weak": Weak, "code": Code, "shown": Shown,
	"below": Below, "identity": Identity, "secret": Secret}

// ClassNamed returns the class with a name of the tables.
func ClassNamed(name string) Class { return classNames[name] }

// MaxName bounds the names that are classified, in bytes. Longer ones are Plain.
const MaxName = 128

const (
	maxPhrase = 4  // words
	maxSplit  = 24 // bytes of a word that is split into others
)

//go:embed names.txt
var namesText string

// nameTable is names.txt. It is immutable.
type nameTable struct {
	phrases  map[string]Class // by the words, with an underscore between them
	exact    map[string]Class // likewise, of phrases that are the complete name
	suffixes map[string]bool  // words that describe the one before
	about    map[string]bool  // words about a value; they may have other classes, too
	words    map[string]bool  // all words
	ends     []string         // words that end others, the longest first
	tails    map[string]bool  // ends of phrases, to which the name above may belong
	roles    map[string]Role  // of complete names in lower case
}

var names = sync.OnceValue(func() *nameTable { return parseNames(namesText) })

// parseNames parses a table of names.
func parseNames(text string) *nameTable {
	t := &nameTable{phrases: map[string]Class{}, exact: map[string]Class{}, suffixes: map[string]bool{},
		about: map[string]bool{}, words: map[string]bool{}, tails: map[string]bool{}, roles: map[string]Role{}}
	eachWord(text, func(heading, word string) {
		if role, ok := roleNames[heading]; ok {
			t.roles[word] = role
			return
		}
		phrase := strings.TrimLeft(word, "*^")
		if word[0] == '*' {
			t.ends = append(t.ends, phrase)
		}
		for _, p := range alternatives(phrase) {
			t.add(heading, p, word[0] == '^')
		}
	})
	return t
}

// alternatives returns the phrases that a line writes as a|c_b.
func alternatives(phrase string) []string {
	all := []string{""}
	for position := range strings.SplitSeq(phrase, "_") {
		var next []string
		for _, before := range all {
			for word := range strings.SplitSeq(position, "|") {
				next = append(next, strings.TrimPrefix(before+"_"+word, "_"))
			}
		}
		all = next
	}
	return all
}

// add adds a phrase.
func (t *nameTable) add(heading, phrase string, isWhole bool) {
	for word := range strings.SplitSeq(phrase, "_") {
		t.words[word] = true
	}
	for rest := phrase; ; t.tails[rest] = true {
		_, after, ok := strings.Cut(rest, "_")
		if rest = after; !ok {
			break
		}
	}
	class := classNames[heading]
	switch {
	case heading == "suffix":
		t.suffixes[phrase], t.tails[phrase] = true, true
	case heading == "word":
	case isWhole:
		t.exact[phrase] = class
	case t.phrases[phrase] == Plain: // a phrase has the first of its classes
		t.phrases[phrase] = class
	}
	if class == About {
		t.about[phrase] = true
	}
}

// Name is what a name says by itself.
type Name struct {
	Class Class
	Role  Role
}

// Role is the part that a member plays in the judgment of its siblings.
type Role uint8

// Roles of members.
const (
	NoRole     Role = iota
	NamesRole       // names the value of another
	TypesRole       // holds the type of another member's value
	ValueRole       // holds what another names
	ChangeRole      // holds what another names, before or after a change
	TextRole        // may hold it, or a text about it
)

// roleNames are the names of the roles in names.txt.
var roleNames = map[string]Role{"names": NamesRole, "types": TypesRole, "values": ValueRole, "changes": ChangeRole, "texts": TextRole}

// ClassOf returns the class of a name.
func ClassOf(name string) Class { return Of(name).Class }

// LastWord returns the last word of a name in lower case.
func LastWord(name string) string {
	words := lookUp(name).words
	return words[strings.LastIndexByte(words, '_')+1:]
}

// Words returns the words of a name in lower case, with an underscore between them.
func Words(name string) string { return lookUp(name).words }

// Of returns the class and role of a name: of a header, a parameter, a member. It splits the name
// into words at punctuation and case, and words without separators into words of the table; the
// last words decide. Brackets after a name select a member: user[password], password[0]. It is safe
// for concurrent use, and does not allocate for recently used names.
func Of(name string) Name { return lookUp(name).Name }

// lookUp returns what a name says, and its words.
func lookUp(name string) knownName {
	if name == "" || len(name) > MaxName {
		return knownName{}
	}
	slot := &recent[maphash.String(seed, name)%uint64(len(recent))]
	if e := slot.Load(); e != nil && e.name == name {
		return *e
	}
	t := names()
	words := t.split(name)
	x := knownName{strings.Clone(name), words, Name{Role: t.role(name)}}
	switch {
	case len(name) < 2:
	case name[len(name)-1] == ']':
		x.Class = t.bracketed(name)
	default:
		x.Class = t.classify(words)
	}
	slot.Store(&x)
	return x
}

// recent is a direct-mapped cache of names. Entries may be replaced at any time.
var (
	recent [1 << 14]atomic.Pointer[knownName]
	seed   = maphash.MakeSeed()
)

type knownName struct {
	name, words string
	Name
}

// role returns the role of a member by its name or the last word of it: parameterKey, param-name.
func (t *nameTable) role(name string) Role {
	if len(name) > 24 {
		return NoRole
	}
	low := strings.ToLower(name)
	if len(low) != len(name) { // the case of a letter changed its size
		name = low
	}
	if r, ok := t.roles[low]; ok {
		return r
	}
	if n := len(low) - len("value"); n > 0 && strings.HasSuffix(low, "value") {
		if strings.HasPrefix(low, "min") || strings.HasPrefix(low, "max") || strings.HasPrefix(low, "d") {
			return NoRole
		}
		return ValueRole
	}
	if strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "_id") {
		return TypesRole
	}
	for _, s := range [...]string{"name", "key", "label"} {
		if before, ok := strings.CutSuffix(low, s); ok && before != "" &&
			(name[len(before)] != low[len(before)] || strings.HasSuffix(before, "_") || strings.HasSuffix(before, "-")) {
			return NamesRole
		}
	}
	return NoRole
}

// ClassUnder returns the class of the name of a member, given the name of its object ("" if none)
// and the class of that: in {"card": {"number": …}}, number is that of a card, and in {"password":
// {"x": …}}, x is below a secret.
func ClassUnder(object string, above Class, name string) Class {
	own := ClassOf(name)
	if isHidden := above == Secret || above == Below; !isHidden && (own > Weak || own == Identifier && name != "id") {
		return own
	}
	t := names()
	if object != "" && len(object)+len(name) < MaxName && t.tails[strings.ToLower(name)] {
		if joined := ClassOf(object + "_" + name); joined > Weak {
			return joined
		}
	}
	switch {
	case above != Secret && above != Below, own == Secret, own == Identity, own == Personal, own == Code, own == Below:
		return own
	case name == "" || ascii.AllDigits(name): // an element of a list
		return above
	}
	words := t.split(name)
	last := words[strings.LastIndexByte(words, '_')+1:]
	switch {
	case t.onlySuffixes(words):
		return Secret
	case own == Identifier, own == About, t.about[last]:
		return own
	}
	return Below
}

// onlySuffixes reports whether all words of a name describe one before: old_value.
func (t *nameTable) onlySuffixes(words string) bool {
	for w := range strings.SplitSeq(words, "_") {
		if !t.suffixes[w] {
			return false
		}
	}
	return true
}

// bracketed returns the class of a name that may have brackets.
func (t *nameTable) bracketed(name string) Class {
	if i := strings.LastIndexByte(name, '['); i > 0 && name[len(name)-1] == ']' {
		object, member := name[:i], name[i+1:len(name)-1]
		above := t.bracketed(object)
		if member == "" || ascii.AllDigits(member) {
			return above
		}
		if k := strings.LastIndexByte(object, '['); k >= 0 {
			object = strings.TrimSuffix(object[k+1:], "]")
		}
		return ClassUnder(object, above, member)
	}
	return t.classify(t.split(name))
}

// classify returns the class of a name, given by its words with an underscore between them.
func (t *nameTable) classify(words string) Class {
	i := strings.LastIndexByte(words, '_')
	last := words[i+1:]
	class, length := t.longest(words)
	if i > 0 && (t.suffixes[last] && length < 2 || length == 0 && (isIndex(last) || isVersion(last))) {
		// The word before decides if it is more specific: in file_hash, the hash is an identifier.
		if before := t.classify(words[:i]); before > Personal || class == Plain {
			return before
		}
	}
	return class
}

// longest returns the class of the longest phrase at the end of a name, and its number of words.
func (t *nameTable) longest(words string) (class Class, length int) {
	for i, n := len(words), 1; i > 0 && n <= maxPhrase; n++ {
		i = max(0, strings.LastIndexByte(words[:i], '_'))
		phrase := strings.TrimPrefix(words[i:], "_")
		if c, ok := t.phrases[phrase]; ok {
			class, length = c, n
		}
		if c, ok := t.exact[phrase]; ok && i == 0 {
			class, length = c, n
		}
	}
	return class, length
}

// isIndex reports whether a word is a number of up to three digits.
func isIndex(w string) bool { return len(w) < 4 && ascii.AllDigits(w) }

// isVersion reports whether a word is a version, as in refreshTokenV2.
func isVersion(w string) bool { return len(w) > 1 && w[0] == 'v' && isIndex(w[1:]) }

// split returns the words of a name with an underscore between them.
func (t *nameTable) split(name string) string {
	low := strings.ToLower(name)
	if len(low) != len(name) { // the case of a letter changed its size
		name = low
	}
	var words []byte
	start := 0
	for i := 0; i <= len(name); i++ {
		isPart := i < len(name) && (ascii.IsAlnum(name[i]) || name[i] >= utf8.RuneSelf)
		if isPart && (i == start || !beginsWord(name, start, i)) {
			continue
		}
		if i > start {
			words = t.word(words, low[start:i])
		}
		if start = i; !isPart {
			start++
		}
	}
	return string(words)
}

// beginsWord reports whether a word begins at i within the one that begins at start: a capital
// after
// a small letter, or before one as in "APIKey", but not after a number as in "2FA".
func beginsWord(name string, start, i int) bool {
	if !ascii.IsUpper(name[i]) || ascii.AllDigits(name[start:i]) {
		return false
	}
	before := name[i-1]
	return ascii.IsLower(before) || ascii.IsDigit(before) ||
		(ascii.IsUpper(before) || before >= utf8.RuneSelf) && i+1 < len(name) && ascii.IsLower(name[i+1])
}

// word appends a word, in the form that the table has, or the words that it consists of.
func (t *nameTable) word(words []byte, w string) []byte {
	if known, ok := t.known(w); ok {
		return join(words, known)
	}
	if len(w) <= maxSplit && w[0] < utf8.RuneSelf && !ascii.IsDigit(w[0]) {
		if parts, ok := t.parts(words, w, 3); ok {
			return parts
		}
	}
	for _, end := range t.ends {
		singular := strings.TrimSuffix(w, "s")
		if before, ok := strings.CutSuffix(singular, end); ok {
			return join(join(words, before), end)
		}
		if end[0] >= utf8.RuneSelf && strings.Contains(w, end) {
			return join(words, end)
		}
	}
	return join(words, w)
}

// parts appends the words of the table that a word consists of, at most n.
func (t *nameTable) parts(words []byte, w string, n int) ([]byte, bool) {
	if known, ok := t.known(w); ok {
		return join(words, known), true
	}
	for i := 2; n > 1 && i <= len(w)-2; i++ {
		if last, ok := t.known(w[i:]); ok {
			if before, ok := t.parts(words, w[:i], n-1); ok {
				return join(before, last), true
			}
		}
	}
	return words, false
}

// known returns a word without digits at its end, in the singular, if the table has it.
func (t *nameTable) known(w string) (string, bool) {
	if t.words[w] {
		return w, true
	}
	bare := strings.TrimRight(w, "0123456789")
	if bare != w && t.words[bare] {
		return bare, true
	}
	if n := len(bare) - 1; n > 1 && bare[n] == 's' && bare[n-1] != 's' && t.words[bare[:n]] {
		return bare[:n], true
	}
	return w, false
}

// join appends a word.
func join(words []byte, w string) []byte {
	if len(words) > 0 {
		words = append(words, '_')
	}
	return append(words, w...)
}
