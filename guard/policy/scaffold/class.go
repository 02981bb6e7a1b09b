// Package scaffold writes a first policy for an MCP server, from what the server lists.
//
// Each tool gets a risk class: read, write, execute or destructive. The class follows from the
// name, the arguments and the description. Annotations of the server can raise a class, and never
// lower it: a server says of itself what it likes. What no rule knows is a write.
//
// It imports openapi/yamledit. Its tests import guard/policy. Read class.go first, then
// scaffold.go.
package scaffold

import (
	"slices"
	"strings"
	"unicode"
)

// Class is the risk of a tool.
type Class uint8

// The classes, by rising risk.
const (
	Read Class = iota
	Write
	Execute
	Destructive
)

// String returns the name of a class.
func (c Class) String() string { return [...]string{"read", "write", "execute", "destructive"}[c] }

// Tool is what a server says of a tool.
type Tool struct {
	Name, Description string
	Arguments         []string // names of arguments that are texts
	// Method is that of the HTTP request which the tool sends, "" if this is not known.
	Method string
	// Carries means that the tool only calls another one, which the policy decides on as well.
	Carries bool
	// ReadOnly and Destructive are the hints of the server, nil if it gives none.
	ReadOnly, Destructive *bool
}

// The words of names and descriptions. A word of a name stands for itself; the first word of a
// description may be in the third person.
var (
	readWords = words("get list read search find show describe view inspect check count lookup look status explain summarize summary " +
		"diff compare detect validate verify preview query browse head tail stat info help ping print tree grep glob match analyze " +
		"analyse retrieve snapshot screenshot export")
	executeWords = words("run exec execute eval evaluate invoke shell bash command terminal script spawn launch start stop restart call " +
		"request send replay fuzz deploy trigger sql pay charge transfer publish post upload install click navigate press type fill drag")
	destructiveWords = words("delete remove drop purge clear destroy erase wipe truncate reset revoke uninstall kill terminate forget " +
		"discard prune rollback revert format overwrite")
	executeArguments = words("command cmd shell script code sql expression statement program javascript python function")
)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// nouns are words of executeWords that often name a thing: get_pull_request, create_post. Behind
// another verb they raise nothing.
var nouns = words("request call post type script command terminal shell press")

// Classify returns the class of a tool, and what it follows from, in words.
func Classify(t Tool) (Class, string) {
	if t.Carries {
		return Read, "the policy decides on the tool that it calls"
	}
	class, why := Write, "nothing shows that it only reads"
	parts := split(t.Name)
	if t.Method != "" {
		why = "the method is " + t.Method
		switch t.Method {
		case "GET", "HEAD", "OPTIONS":
			class = Read
		case "DELETE":
			class = Destructive
		}
	} else if len(parts) > 0 && readWords[parts[0]] {
		class, why = Read, "the name starts with "+parts[0]
	}
	hasVerb := len(parts) > 0 && (readWords[parts[0]] || writesWords[parts[0]])
	raise := func(to Class, because string) {
		if to > class {
			class, why = to, because
		}
	}
	for i, w := range parts {
		switch {
		case i > 0 && hasVerb && nouns[w]:
		case destructiveWords[w]:
			raise(Destructive, "the name has the word "+w)
		case executeWords[w]:
			raise(Execute, "the name has the word "+w)
		}
	}
	if w := verb(t.Description); destructiveWords[w] {
		raise(Destructive, "the description starts with "+w)
	} else if executeWords[w] {
		raise(Execute, "the description starts with "+w)
	} else if !readWords[w] && w != "" && class == Read && writesWords[w] {
		raise(Write, "the description starts with "+w)
	}
	for _, a := range t.Arguments {
		for _, w := range split(a) {
			if executeArguments[w] {
				raise(Execute, "the argument "+a+" may hold a program")
			}
		}
	}
	if t.ReadOnly != nil && !*t.ReadOnly {
		raise(Write, "the server says that it does not only read")
	}
	if t.Destructive != nil && *t.Destructive && (t.ReadOnly == nil || !*t.ReadOnly) && class == Read {
		raise(Write, "the server says that it may destroy something")
	}
	return class, why
}

var writesWords = words("create add update set write edit change modify insert append move rename save store put patch register " +
	"import merge close open assign enable disable")

// split returns the words of an identifier, in lower case: read_file, readFile and ReadFILE are all
// "read", "file".
func split(name string) []string {
	var parts []string
	start := 0
	runes := []rune(name)
	flush := func(end int) {
		if end > start {
			parts = append(parts, strings.ToLower(string(runes[start:end])))
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
			start = i + 1
		case unicode.IsUpper(r) && i > start && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush(i)
			start = i
		}
	}
	flush(len(runes))
	return parts
}

// verb returns the first word of a sentence without the ending of the third person.
func verb(description string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(description), " ")
	w := strings.ToLower(strings.TrimRight(first, ".,:;"))
	for _, known := range []map[string]bool{destructiveWords, executeWords, writesWords, readWords} {
		for _, stem := range []string{w, strings.TrimSuffix(w, "s"), strings.TrimSuffix(w, "es")} {
			if known[stem] {
				return stem
			}
		}
	}
	return ""
}

// sortTools sorts tools by class, then by name.
func sortTools(tools []classified) {
	slices.SortStableFunc(tools, func(a, b classified) int {
		if a.class != b.class {
			return int(a.class) - int(b.class)
		}
		return strings.Compare(a.Name, b.Name)
	})
}
