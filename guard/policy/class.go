package policy

// This file estimates the harm that a call of a tool of an MCP server can do.
//
// The class follows from the server's definition: annotations, as the MCP specification defines
// them, names, arguments and description. Annotations raise a class. The read-only hint lowers it
// only if nothing contradicts it, since a server may claim anything. A tool of which nothing is
// known is a write.

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Class is the risk of a tool.
type Class uint8

// The classes, by rising risk.
const (
	ClassRead      Class = iota
	ClassQuery           // reading by POST, as searches do
	ClassSensitive       // reading data that may contain secrets: files, environments, credentials
	ClassWrite
	ClassExecute
	ClassDestructive
)

// String returns the name of a class.
func (c Class) String() string {
	return [...]string{"read", "query", "sensitive", "write", "execute", "destructive"}[c]
}

// ClassTool is a server's description of a tool.
type ClassTool struct {
	Name, Description string
	Arguments         []string // names of arguments that are or may contain text
	// Method is the method of the HTTP request that the tool sends, or "" if it is not known.
	Method string
	// Carries means that the tool only calls another one, on which the policy also decides.
	Carries bool
	// Dispatches is the argument that seems to name another tool, or "": see dispatches.
	Dispatches string
	// Suspect is the reason why the definition may mislead a model, or "".
	Suspect string
	// Queries means that the method is POST, and that ReadsByPost holds.
	Queries bool
	// ReadOnly and Destructive are the hints of the server, or nil.
	ReadOnly, Destructive *bool
}

// ClassFromDefinition returns a tool from its definition in a list of the server.
func ClassFromDefinition(o map[string]any) ClassTool {
	var t ClassTool
	t.Name, _ = o["name"].(string)
	t.Description, _ = o["description"].(string)
	schema, _ := o["inputSchema"].(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p, _ := properties[name].(map[string]any)
		if text, _ := p["description"].(string); strings.Contains(text, "JSONPath") { // a path in JSON, not of a file
			continue
		}
		if p["type"] == "string" || p["type"] == nil || p["type"] == "array" {
			t.Arguments = append(t.Arguments, name)
		}
	}
	t.Dispatches = dispatches(schema)
	annotations, _ := o["annotations"].(map[string]any)
	hint := func(name string) *bool {
		if b, ok := annotations[name].(bool); ok {
			return &b
		}
		return nil
	}
	t.ReadOnly, t.Destructive = hint("readOnlyHint"), hint("destructiveHint")
	return t
}

// dispatches returns the argument that names another tool, by the schema of a tool's arguments, or
// "". Such a tool accepts a name without a list of values, and any object as the arguments of the
// named tool, as mcp-exec of Docker's gateway does: {name, arguments}. A policy then sees one tool
// in place of all the tools that it reaches.
func dispatches(schema map[string]any) string {
	properties, _ := schema["properties"].(map[string]any)
	names, passes := "", false
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p, _ := properties[name].(map[string]any)
		last := split(name)
		if len(last) == 0 {
			continue
		}
		_, isListed := p["enum"]
		_, hasMembers := p["properties"]
		switch {
		case p["type"] == "string" && !isListed && (toolWords[last[0]] || name == "name" && properties["arguments"] != nil):
			names = name
		case (p["type"] == "object" || p["type"] == nil) && !hasMembers && argumentWords[last[len(last)-1]]:
			passes = true
		}
	}
	if !passes {
		return ""
	}
	return names
}

// toolWords begin the names of arguments that name a tool, and argumentWords end the names of
// arguments that are passed to it.
var (
	toolWords     = words("tool operation action method function endpoint")
	argumentWords = words("arguments args params parameters input inputs payload")
)

// The words of names and descriptions. The words of a name must match exactly; the first word of a
// description may be in the third person.
var (
	readWords = words("get list read search find show describe view inspect check count lookup look status explain summarize summary " +
		"diff compare detect validate verify preview query browse head tail stat info help ping print tree grep glob match analyze " +
		"analyse retrieve snapshot screenshot export")
	executeWords = words("run exec execute eval evaluate invoke shell bash command terminal script spawn launch start stop restart call " +
		"request send replay fuzz deploy trigger sql pay charge transfer publish post upload install click navigate press type fill drag")
	destructiveWords = words("delete remove drop purge clear destroy erase wipe truncate reset revoke uninstall kill terminate forget " +
		"discard prune rollback revert format overwrite")
	executeArguments = words("command cmd shell script sql javascript python")
	executeAlone     = words("code expression statement program function") // country_code and statement_descriptor hold none
)

// mayHoldProgram reports whether an argument of this name may hold a program.
func mayHoldProgram(name string) bool {
	parts := split(name)
	if n := len(parts); n == 0 || parts[n-1] == "id" || parts[n-1] == "ids" { // pairingCodeId, scriptId
		return false
	}
	return len(parts) == 1 && executeAlone[parts[0]] || slices.ContainsFunc(parts, func(w string) bool { return executeArguments[w] })
}

// secretWords name data that an ordinary read does not return. They are not searched in
// descriptions, where token and key often mean other things.
var (
	secretWords = words("env envs environ environment environments secret secrets credential credentials password " +
		"passwords passwd token tokens key keys apikey")
	secretTexts    = words("environment secret secrets credential credentials password passwords")
	fileWords      = words("file files filename filepath path paths")
	pathWords      = words("path paths")
	contentWords   = words("read view show head tail print grep cat")
	contentNouns   = words("content contents text")
	namesOnlyReads = words("list count") // of files: they return no content
)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// payWords name movements of money, in the singular. A tool that writes one makes it.
var payWords = words("pay payment payout charge transfer refund")

// nouns are words of executeWords that often name a thing: get_pull_request, create_post,
// get-transfer (Mollie). After another verb they do not raise the class.
var nouns = words("request call post type script command terminal shell press transfer charge")

// ClassOf returns the class of a tool and the reason for it, in words.
func ClassOf(t ClassTool) (Class, string) {
	if t.Carries {
		return ClassRead, "the policy decides on the tool that it calls"
	}
	parts := split(t.Name)
	class, why := first(t, parts)
	raise := func(to Class, because string) {
		if to > class {
			class, why = to, because
		}
	}
	if t.Method == "" {
		if because := sensitive(t, parts); because != "" {
			raise(ClassSensitive, because)
		}
	}
	hasVerb := len(parts) > 0 && (readWords[parts[0]] || writesWords[parts[0]])
	for i, w := range parts {
		switch {
		case i > 0 && hasVerb && nouns[w], i == 0 && w == "post": // post_folders (Box): the method is POST
		case destructiveWords[w]:
			raise(ClassDestructive, "the name has the word "+w)
		case executeWords[w]:
			raise(ClassExecute, "the name has the word "+w)
		}
	}
	if i := slices.IndexFunc(parts, func(w string) bool { return payWords[strings.TrimSuffix(w, "s")] }); i >= 0 && class >= ClassWrite {
		raise(ClassExecute, "it may pay: the name has the word "+parts[i])
	}
	isRead := t.ReadOnly != nil && *t.ReadOnly && len(parts) > 0 && readWords[parts[0]] // by two signs: "Start here" means nothing
	switch w := verb(t.Description); {
	case destructiveWords[w]:
		raise(ClassDestructive, "the description starts with "+w)
	case executeWords[w] && !isRead:
		raise(ClassExecute, "the description starts with "+w)
	case writesWords[w] && !isRead:
		raise(ClassWrite, "the description starts with "+w)
	}
	if t.Dispatches != "" {
		raise(ClassExecute, "it seems to call other tools, by the argument "+t.Dispatches+": no policy sees which")
	}
	for _, a := range t.Arguments {
		if mayHoldProgram(a) {
			raise(ClassExecute, "the argument "+a+" may hold a program")
		}
	}
	return class, why
}

// first returns the class of a tool by its method, its annotations and the first word of its name.
func first(t ClassTool, parts []string) (Class, string) {
	verb := ""
	if len(parts) > 0 {
		verb = parts[0]
	}
	switch {
	case t.Method == "GET", t.Method == "HEAD", t.Method == "OPTIONS":
		return ClassRead, "the method is " + t.Method
	case t.Method == "DELETE":
		return ClassDestructive, "the method is DELETE"
	case t.Queries:
		return ClassQuery, "the path, name and summary say that this POST only reads"
	case t.Method != "":
		return ClassWrite, "the method is " + t.Method
	case writesWords[verb] && t.ReadOnly != nil && *t.ReadOnly:
		return ClassWrite, "the server says that it only reads, but the name starts with " + verb
	case t.ReadOnly != nil && *t.ReadOnly:
		return ClassRead, "the server says that it only reads"
	case t.Destructive != nil && *t.Destructive, t.ReadOnly != nil && t.Destructive == nil: // the default is true
		return ClassWrite, "the server says that it may destroy something"
	case t.Destructive != nil && !*t.Destructive && saysQuery(t.Name) && !saysChange(t.Name+" "+strings.SplitN(t.Description, ". ", 2)[0]):
		return ClassQuery, "the server says that it destroys nothing, and the name starts with " + verb
	case t.ReadOnly != nil, t.Destructive != nil:
		return ClassWrite, "the server says that it does not only read"
	case readWords[verb]:
		return ClassRead, "the name starts with " + verb
	}
	return ClassWrite, "nothing shows that it only reads"
}

// sensitive returns the reason why a tool reads sensitive data, or "" for an ordinary read.
func sensitive(t ClassTool, parts []string) string {
	for _, w := range parts {
		if secretWords[w] {
			return "the name has the word " + w
		}
	}
	namesFile := slices.ContainsFunc(parts, func(w string) bool { return fileWords[w] })
	ofFiles := namesFile || len(parts) > 0 && contentWords[parts[0]] // else a path may be that of a URL
	for w := range strings.FieldsFuncSeq(strings.ToLower(t.Description), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if secretTexts[w] {
			return "the description has the word " + w
		}
		ofFiles = ofFiles || w == "file" || w == "files"
	}
	if len(parts) == 0 || !readWords[parts[0]] || namesOnlyReads[parts[0]] {
		return ""
	}
	for _, a := range t.Arguments {
		ws := split(a)
		if last := len(ws) - 1; last >= 0 && fileWords[ws[last]] && (ofFiles || !pathWords[ws[last]]) {
			return "it may return the content of files: " + a
		}
	}
	// A file of an API has an id: get_files_id (Box) returns no content.
	if namesFile && (contentWords[parts[0]] || slices.ContainsFunc(parts, func(w string) bool { return contentNouns[w] })) {
		return "it may return the content of files: " + t.Name
	}
	return ""
}

var writesWords = words("create add update set write edit change modify insert append move rename save store put patch register " +
	"import merge close open assign enable disable")

// queryWords begin the names of operations that read by POST. queryStarts may precede them:
// BatchRetrieveOrders (Square). changeWords, and the words of the other classes, show that an
// operation does more: search-and-replace.
var (
	queryWords  = words("search list retrieve calculate preview validate query")
	queryStarts = words("batch bulk post")
	changeWords = words("and or then replace apply submit cancel archive approve accept reject confirm refund capture void generate " +
		"activate complete sync refresh commit subscribe register grant finalize redeem release reindex import upsert enroll notify invite")
)

// saysQuery reports whether the words of a name begin with a verb of queries.
func saysQuery(name string) bool {
	parts := split(name)
	for len(parts) > 1 && queryStarts[parts[0]] {
		parts = parts[1:]
	}
	return len(parts) > 0 && (queryWords[strings.TrimSuffix(parts[0], "s")] || queryWords[strings.TrimSuffix(parts[0], "es")])
}

// saysChange reports whether a text has a verb of change, in any of its forms.
func saysChange(text string) bool {
	return slices.ContainsFunc(split(text), func(w string) bool {
		for _, ending := range []string{"", "s", "es", "d", "ed", "ing"} {
			base := strings.TrimSuffix(w, ending)
			isNoun := nouns[base] || strings.HasSuffix(ending, "s") && changeWords[base] // refunds
			if destructiveWords[base] || writesWords[base] || !isNoun && (executeWords[base] || changeWords[base]) {
				return true
			}
		}
		return false
	})
}

// ReadsByPost reports whether a POST of an API only reads, by its path, its name and its summary,
// each of which must begin with a verb of queries and name no change: POST /v2/orders/search
// (Square), POST /transactions/list (Plaid). The path is decisive for the API itself: another
// party's document can call POST /payments a search, but cannot change what the path does.
func ReadsByPost(path, name, summary string) bool {
	isOther := func(r rune) bool {
		return !strings.ContainsRune("/{}_-.", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	return !strings.ContainsFunc(path, isOther) && !strings.ContainsAny(last, "{}.") &&
		saysQuery(last) && saysQuery(name) && saysQuery(summary) && !saysChange(last+" "+name+" "+summary)
}

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
