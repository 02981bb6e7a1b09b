package judge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Named is the reason of a value that another member of its object names.
const Named = "a member names the value of another"

// objectRules classify the members of an object by each other. Each example is a test: the values
// in « » are hidden.
var objectRules = [...]struct {
	reason, example string
	apply           func(j *judge, i int32)
	needs           []string // an object has one of these members; for pairs, one with a role
}{
	pairRule: {Named, `{"name":"password","value":"«hunter2»"}`, (*judge).pairs, nil},
	{"a member says that the value is sensitive (Terraform)", `{"sensitive":true,"value":"«hunter2»"}`, (*judge).marked,
		append(sensitiveMarks, "sensitive_attributes")},
	{"the data of a manifest of the kind Secret (Kubernetes)", `{"kind":"Secret","data":{"type":"«aHVudGVy»"}}`, (*judge).manifest,
		[]string{"kind"}},
	{"an authorization code and what stands beside it (RFC 6749, section 4.1)", `{"grant_type":"authorization_code","code":"«SplxlO»"}`,
		(*judge).grant, []string{"code", "state"}},
	{"the names of columns and rows with their values", `{"columns":["id","password"],"rows":[[1,"«hunter2»"]]}`, (*judge).columns, columnLists},
	{"a change of a password says which values are old and new", `{"action":"change_password","old":"«hunter2»"}`, (*judge).change, actions},
	{"what stands beside it says what it is", `{"u":"ann","p":"«hunter2»"}`, (*judge).siblings, siblingNames},
	{"the arguments of a remote call, by its method (JSON-RPC)", `{"method":"walletpassphrase","params":["«hunter2»",60]}`, (*judge).call,
		argumentLists},
	{"the versions of a secret (Vault, key-value engine)", `{"data":{"db":"«hunter2»"},"metadata":{"destroyed":false}}`, (*judge).vault,
		[]string{"metadata"}},
	{"the answer to a question that proves who a person is", `{"security_question":"pet?","answer":"«Rexi»"}`, (*judge).answers,
		[]string{"answer", "a"}},
	{"variables of GraphQL that are arguments for secrets", `{"query":"mutation($x:String){a(password:$x)}","variables":{"x":"«hunter2»"}}`,
		(*judge).variables, variableLists},
}

// pairRule is the place of the rule for names with their values.
const pairRule = 0

var (
	sensitiveMarks = []string{"sensitive", "is_sensitive", "secret", "is_secret", "masked"}
	columnLists    = []string{"columns", "fields", "headers", "header", "head", "name", "key", "cols", "column_name", "schema", "meta"}
	variableLists  = []string{"variables", "expression_attribute_value"}
	argumentLists  = []string{"params", "args", "arguments", "payload", "data"}
	actions        = []string{"action", "method", "event", "operation", "type", "command", "op", "cmd"}
)

// triggersOf has a bit for each rule that an object with a member of this name may need.
var triggersOf = func() map[string]uint32 {
	all := map[string]uint32{}
	for k, r := range objectRules {
		for _, name := range r.needs {
			all[name] |= 1 << k
		}
	}
	return all
}()

// pairs gives the value of a pair the class of its name.
func (j *judge) pairs(i int32) {
	class, isType := rules.Plain, false
	for _, m := range j.members {
		role := m.Role
		if role != rules.NamesRole && role != rules.TypesRole || m.value == "" || len(m.value) > rules.MaxName {
			continue
		}
		name := m.value[strings.LastIndexAny(m.value, "/.")+1:]
		if strings.Count(name, " ") > 2 || strings.HasSuffix(name, "?") {
			continue
		}
		c := j.info(name).Class
		switch {
		case role == rules.TypesRole && isHiddenType(m.value):
			class, c = rules.Secret, rules.Plain
		case role == rules.TypesRole && !rules.IsChosen(name):
			c = rules.Plain
		}
		if c == rules.Secret || c == rules.Identity || c == rules.Code || c == rules.Weak && role == rules.NamesRole {
			class, isType = max(class, c), role == rules.TypesRole
			j.force(m.node, rules.Identifier)
		}
	}
	if class == rules.Plain {
		return
	}
	if class == rules.Secret {
		j.changed(i)
	}
	hasName := j.t.Nodes[i].Name.Len() > 0
	for _, m := range j.members {
		switch role := m.Role; {
		case m.name == "" && hasName: // the text of an element
			if isType {
				class = min(class, rules.Shown)
			}
			j.force(m.node, class)
		case m.name == "content" && strings.EqualFold(j.t.Raw(j.t.Nodes[i].Name), "meta"):
			j.force(m.node, class)
		case role == rules.ValueRole && !j.t.Nodes[m.node].IsAttr, role == rules.ValueRole && !isButton(j.find("type")):
			j.force(m.node, class)
		case class != rules.Secret:
		case role == rules.TextRole:
			j.force(m.node, rules.Shown)
		}
	}
}

// formPairs is pairs for a form, whose members have the same name before their brackets:
// a[name]=password&a[value]=x.
func (j *judge) formPairs() {
	classes := map[string]rules.Class{}
	for _, m := range j.members {
		before, inner, ok := bracketed(j.t.NameOf(m.node))
		if role := rules.Of(inner).Role; ok && (role == rules.NamesRole || role == rules.TypesRole && rules.IsChosen(m.value)) {
			if c := j.info(m.value).Class; c == rules.Secret || c == rules.Identity || c == rules.Code {
				classes[before] = c
			}
		}
	}
	if len(classes) == 0 {
		return
	}
	for _, m := range j.members {
		if before, inner, ok := bracketed(j.t.NameOf(m.node)); ok && rules.Of(inner).Role == rules.ValueRole {
			j.force(m.node, classes[before])
		}
	}
}

// bracketed splits a[b], a.b and a[0].b into a or a[0], and b.
func bracketed(name string) (before, inner string, ok bool) {
	if k := strings.LastIndexByte(name, '.'); k > 0 && !strings.HasSuffix(name, "]") {
		return name[:k], name[k+1:], true
	}
	before, inner, ok = strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if k := strings.LastIndexByte(inner, '['); k >= 0 {
		before, inner = before+"["+inner[:k], inner[k+1:]
	}
	return before, inner, ok
}

// isButton reports whether an input is something to press, with its text as the value.
func isButton(typ *member) bool {
	return typ != nil && slices.Contains(buttons, strings.ToLower(typ.value))
}

var buttons = []string{"submit", "button", "reset", "checkbox", "radio"}

// isHiddenType reports whether the type of a value says that it is a secret: SecureString (AWS
// Systems Manager), CONCEALED (1Password Connect), secret_text (Cloudflare Workers), or the URL of
// a secret (Azure Key Vault).
func isHiddenType(v string) bool {
	if _, secret, ok := strings.Cut(v, "/secrets/"); ok && secret != "" && strings.HasPrefix(v, "https://") {
		return true
	}
	return strings.EqualFold(v, "SecureString") || strings.EqualFold(v, "CONCEALED") || v == "secret_text"
}

func (j *judge) marked(int32) {
	if list, attributes := j.find("sensitive_attributes"), j.find("attributes"); list != nil && attributes != nil { // of a state (Terraform)
		for k := list.node; k < j.t.Nodes[list.node].End; k++ {
			for m := range j.t.Within(attributes.node) {
				if j.t.NameOf(k) == "value" && j.t.ValueOf(k) == j.t.NameOf(m) {
					j.forceAll(m, rules.Secret)
				}
			}
		}
	}
	m := j.find(sensitiveMarks...)
	if m == nil || m.value != "true" || m.isText {
		return
	}
	for _, v := range j.members {
		if v.Role == rules.ValueRole {
			j.forceAll(v.node, rules.Secret)
		}
	}
}

func (j *judge) manifest(i int32) {
	if kind := j.find("kind"); kind == nil || kind.value != "Secret" && kind.value != "SecretList" {
		return
	}
	for k := i; k < j.t.Nodes[i].End; k++ {
		if name := j.t.NameOf(k); name == "data" || name == "stringData" {
			j.forceWithin(k)
		}
	}
}

// grant separates the codes and states of OAuth from those of errors, countries and lists.
func (j *judge) grant(i int32) {
	code, state := j.find("code"), j.find("state")
	if code == nil && state == nil {
		return
	}
	isForm := j.t.Nodes[i+1].Names == scan.Percent
	hasGrant := j.has("grant_type", "code_verifier", "redirect_uri", "session_state")
	isRequest := isForm && j.has("response_type", "client_id", "code_challenge")
	if code != nil && !j.has("error") && (hasGrant || isRequest || isForm && state != nil || j.IsRedirect) &&
		(len(code.value) > 3 || !ascii.AllDigits(code.value)) {
		j.force(code.node, rules.Secret)
	}
	if state != nil && (isForm || j.IsRedirect) && (code != nil || hasGrant || isRequest || j.has("error") || j.IsRedirect) && !isFilterState(state.value) {
		j.force(state.node, rules.Secret)
	}
}

// isFilterState reports whether a value called "state" selects things by their state or address.
func isFilterState(v string) bool {
	return filterStates[v] || len(v) == 2 && ascii.IsUpper(v[0]) && ascii.IsUpper(v[1])
}

var filterStates = rules.Set("filter-states")

// change finds records of a changed password.
func (j *judge) change(i int32) {
	m := j.find(actions...)
	if m == nil || len(m.value) > 40 || !changesPassword.MatchString(m.value) {
		return
	}
	j.changed(i)
}

var changedNames, changeOwners = rules.Set("changed"), rules.Set("change-owners")

// changed hides old and new values: old, new, from, to; also within a member that has the change.
func (j *judge) changed(i int32) {
	for k := range j.t.Within(i) {
		switch name := j.t.NameOf(k); {
		case j.info(name).Role == rules.ChangeRole || changedNames[name] || j.Changes && (name == "curr" || name == "next"):
			j.force(k, rules.Below)
		case changeOwners[name]:
			for m := range j.t.Within(k) {
				if role := j.info(j.t.NameOf(m)).Role; role == rules.ChangeRole || role == rules.ValueRole && name == "property" {
					j.force(m, rules.Below)
				}
			}
		}
	}
}

var changesPassword = lazyregexp.New(`(?i)^[\w.:-]*(change|reset|update|set)\w?[-_.: ]?(password|passwd|pin|secret)|` +
	`(password|passwd|pin|secret)[-_.: ]?(change|reset|update)d?$`)

// siblingRules name members that have a class if the object has one of some siblings (words.txt).
var siblingRules, siblingNames = func() (all []siblings, names []string) {
	for _, row := range rules.List("siblings") {
		f := strings.Split(row, "=")
		one := siblings{rules.ClassNamed(f[0]), strings.Split(f[1], "|"), strings.Split(f[2], "|")}
		all, names = append(all, one), append(names, one.hidden...)
	}
	return all, names
}()

type siblings struct {
	class            rules.Class
	hidden, siblings []string
}

func (j *judge) siblings(int32) {
	for _, b := range siblingRules {
		if !j.has(b.siblings...) {
			continue
		}
		for _, m := range j.members {
			if slices.Contains(b.hidden, m.name) {
				j.force(m.node, b.class)
			}
		}
	}
}

// secretArguments has the places of secrets among the arguments of remote calls, from the last if
// negative, by the name of the method in small letters.
var secretArguments = map[string][]int{
	"walletpassphrase": {0}, "walletpassphrasechange": {0, 1}, "encryptwallet": {0}, "importprivkey": {0}, // Bitcoin Core
	"personal_unlockaccount": {1}, "personal_newaccount": {0}, "personal_importrawkey": {0, 1}, "personal_sendtransaction": {1}, // Geth
	"execute_kw": {2}, "execute": {2}, // Odoo
	"login": {1, 2}, "authenticate": {1, 2}, // Odoo has the database first
	"auth": {0, 2}, "authkeyexpires": {0, 2}, "server.auth": {0, 1}, // Bybit, BitMEX, Gate
	"changepassword": {0, 1}, // Meteor
}

func (j *judge) call(int32) {
	i := slices.IndexFunc(j.members, func(m member) bool { return m.isText && slices.Contains(methods, m.name) })
	arguments := j.find(argumentLists...)
	if i < 0 || arguments == nil {
		return
	}
	low := strings.ToLower(j.members[i].value)
	if arguments.isText && signsIn.MatchString(low) { // {"action": "auth", "params": "x"} (Polygon)
		j.force(arguments.node, rules.Shown)
	}
	places := secretArguments[low]
	if places == nil { // User.login
		places = secretArguments[low[strings.LastIndexByte(low, '.')+1:]]
	}
	at := 0
	for k := range j.t.Within(arguments.node) {
		switch {
		case slices.Contains(places, at) && !isNamed(&j.t.Nodes[k]):
			j.force(k, rules.Below)
		case signsIn.MatchString(low) && !isNamed(&j.t.Nodes[k]):
			j.forceAll(k, rules.Shown)
		}
		at++
	}
}

// methods name the method of a call. That of SignalR is the target; its type is a number.
var methods = []string{"method", "method_name", "op", "action", "cmd", "target", "event", "type"}

// isNamed reports whether an argument has a name of its own.
func isNamed(n *scan.Node) bool { return n.Name.Len() > 0 && n.Names == scan.JSON }

// signsIn finds the methods of remote calls whose arguments may be a password that looks like one:
// those of WordPress (XML-RPC) have it among their first arguments.
var signsIn = lazyregexp.New(`(?:^|[._])(?:login|auth|authenticate|sign_?in)$|^(?:wp|metaweblog|blogger|mt)\.`)

// vault hides a version of a secret, regardless of its names.
func (j *judge) vault(int32) {
	data, metadata := j.find("data"), j.find("metadata")
	if data != nil && metadata != nil && j.t.Member(metadata.node, "destroyed") >= 0 {
		j.forceWithin(data.node)
	}
}

// AsksForSecret reports whether a name is that of questions that prove a person's identity.
func AsksForSecret(name string) bool {
	if len(name) < len("securityquestion") || len(name) > rules.MaxName {
		return false
	}
	low := strings.ToLower(unjoined.Replace(name))
	return strings.Contains(low, "securityquestion") || strings.Contains(low, "secretquestion") || strings.Contains(low, "recoveryquestion")
}

// asksPerson finds such questions themselves: those that banks and identity providers offer.
var asksPerson = lazyregexp.New(`(?i)maiden name|(?:first|favou?rite) (?:pet|car|school|teacher)|your pin\b`)

func (j *judge) answers(i int32) {
	answer := j.find("answer", "a")
	if answer == nil {
		return
	}
	asks := j.Asks || AsksForSecret(j.t.NameOf(i)) || i > 0 && AsksForSecret(j.t.NameOf(j.t.Nodes[i].Parent))
	asks = asks || slices.ContainsFunc(j.members, func(m member) bool { return asksPerson.MatchString(m.value) })
	if asks || slices.ContainsFunc(j.members, func(m member) bool { return AsksForSecret(m.name) }) {
		j.force(answer.node, rules.Below)
	}
}

// variables gives the variables of GraphQL the class of the arguments that they are for, and those
// of DynamoDB that of the attributes, which may have other names in expressions.
func (j *judge) variables(int32) {
	variables, query, aliases := j.find(variableLists...), "", map[string]string{}
	for _, m := range j.members {
		if m.name == "query" || strings.HasSuffix(m.name, "_expression") {
			query += j.t.ValueOf(m.node) + "\n"
		}
		for k := range j.t.Within(m.node) {
			if name := j.t.NameOf(k); m.name == "expression_attribute_name" {
				aliases[name] = j.t.ValueOf(k)
			}
		}
	}
	secret := map[string]rules.Class{}
	for _, m := range argument.Get().FindAllStringSubmatch(query[:min(len(query), maxQuery)], -1) {
		if c := j.info(cmp.Or(aliases[m[1]], m[1])).Class; c == rules.Secret {
			secret[m[2]] = c
		} else if c == rules.Weak && m[1] == "code" && checksCode.MatchString(query) {
			secret[m[2]] = rules.Code
		}
	}
	if len(secret) == 0 {
		return
	}
	if variables.isText { // JSON in a parameter of GET (GraphQL over HTTP, section 5)
		j.force(variables.node, rules.Secret)
	}
	for k := range j.t.Within(variables.node) {
		if c := secret[strings.TrimPrefix(j.t.NameOf(k), ":")]; c != rules.Plain {
			j.forceAll(k, c)
		}
	}
}

// maxQuery bounds the text of a query that is searched, in bytes.
const maxQuery = 64 << 10

// checksCode finds the mutations that take a code which people type.
var checksCode = lazyregexp.New(`(?i)otp|2fa|mfa|twoFactor|verif|loginWithCode`)

var argument = lazyregexp.New(`(#?\w+)\s*(?:[:=,]|<>)\s*[:$](\w+)`)
