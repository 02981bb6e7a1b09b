package judge

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Context is the knowledge of a body before it is read. The zero value is no knowledge.
type Context struct {
	// Class returns the class of a name by the rules of the user, or nil if there are none.
	Class func(name string) rules.Class
	// Whole is the class of values without a name.
	Whole rules.Class
	// IsMarkup says that the body is XML or HTML, in which text follows its label.
	IsMarkup bool
	// TakesCode says that the path of a request takes a code that people type: /login/2fa.
	TakesCode bool
	// ListsCodes says that the path of a request lists codes that people type: /2fa/recovery-codes.
	ListsCodes bool
	// Changes says that the path of a request changes a secret that people choose: /me/password.
	Changes bool
	// Stored says that the path of a request is that of one secret in a store: /secrets/db.
	Stored bool
	// Asks says that the path of a request is that of questions that prove a person's identity.
	Asks bool
	// Opens says that a link gives access to whoever has it: /auth/magic?t=….
	Opens bool
	// IsRedirect says that a query is that of a URL a client was sent to.
	IsRedirect bool
	// SignsIn says that a remote call opened a session, which its result may be: user.login
	// (Zabbix).
	SignsIn bool
	// Reasons, unless nil, gets why nodes have a class that their names do not say.
	Reasons map[int32]string
}

// Classes returns the class of each node of a tree: that of its name, or of its context if that
// says more.
func Classes(t *scan.Tree, c Context) []rules.Class {
	j := judge{t: t, Context: c, classes: make([]rules.Class, len(t.Nodes)), forced: make([]rules.Class, len(t.Nodes)),
		infos: make([]rules.Name, len(t.Nodes))}
	for i := range int32(len(t.Nodes)) {
		j.classes[i] = j.classOf(i)
		switch t.Nodes[i].Kind {
		case scan.Object:
			j.object(i)
			if c.IsMarkup && i >= j.tableEnd && strings.EqualFold(t.Raw(t.Nodes[i].Name), "table") {
				j.tableEnd = t.Nodes[i].End
				j.markupTable(i)
			}
		case scan.Array:
			j.reason = "what stands before it in its row, or above it in its column"
			j.array(i)
		}
	}
	for alias, i := range t.Aliases {
		j.classes[i] = max(j.classes[i], j.classes[alias])
	}
	if c.IsMarkup {
		j.labels()
	}
	return j.classes
}

type judge struct {
	Context
	t        *scan.Tree
	classes  []rules.Class
	forced   []rules.Class // class that the enclosing object or array gives a node
	infos    []rules.Name  // of the members of the visited objects
	tableEnd int32         // of the last visited table of HTML
	members  []member      // of the current object
	reason   string        // for forced classes
}

// classOf returns the class of a node by its name, what it is within, and what was forced.
func (j *judge) classOf(i int32) rules.Class {
	n := &j.t.Nodes[i]
	if n.Parent < 0 {
		return rules.Plain
	}
	if n.Kind > scan.Array && n.Name.Len() == 0 {
		list := &j.t.Nodes[n.Parent]
		if n.Parent == 0 || j.ListsCodes && list.Parent == 0 && list.Kind == scan.Array {
			return j.Whole
		}
	}
	above := j.classes[n.Parent]
	own := above
	if n.Name.Len() > 0 {
		name := j.t.NameOf(i)
		x := j.infos[i]
		if j.t.Nodes[n.Parent].Kind != scan.Object { // an element that no other holds
			x = j.info(name)
		}
		own = x.Class
		switch {
		case n.IsAttr && name == "nonce": // of a content security policy
			own = rules.Identifier
		case j.TakesCode && own == rules.Weak && strings.EqualFold(name, "code"), j.ListsCodes && name == "codes":
			own = rules.Code
		case j.Stored && own == rules.Plain && storedNames[name]:
			own = rules.Secret
		case j.SignsIn && own == rules.Weak: // {"data": {"sid": …}} (Synology)
			own = rules.Shown
		case j.Opens && own == rules.Plain && len(name) < 3, j.SignsIn && name == "result":
			own = rules.Weak
		case n.Parent > 0 && own < rules.Secret:
			own = rules.ClassUnder(j.t.NameOf(n.Parent), above, name)
			if own < rules.Code && (above == rules.Code || above == rules.Shown) {
				own = above
			}
		}
	}
	if own == rules.Secret && n.Kind > scan.Array && n.Value.Len() < maxMessage && j.isOrdinary(i) {
		own = rules.Plain
	}
	if j.Whole >= rules.Shown && own < rules.Weak && j.info(j.t.NameOf(i)).Role == rules.ValueRole {
		own = rules.Below // {"value": …} of /env/db.password
	}
	if f := j.forced[i]; f == rules.Identifier || f > own {
		own = f
	}
	return own
}

// maxMessage bounds a text about a secret, in bytes.
const maxMessage = 512

var messageNames = rules.Set("messages")

// isOrdinary reports whether a value under the name of a secret is something else: see
// [IsOrdinary], or a text about the secret, {"password": ["is too short"]} (Rails, Django).
func (j *judge) isOrdinary(i int32) bool {
	n, v := &j.t.Nodes[i], j.t.ValueOf(i)
	if IsOrdinary(cmp.Or(j.t.NameOf(i), j.t.NameOf(n.Parent)), v) {
		return true
	}
	if strings.Count(v, " ") < 2 {
		return false
	}
	isListed := n.Name.Len() == 0 && j.t.Nodes[n.Parent].Kind == scan.Array
	for depth := 0; i > 0 && !isListed && depth < 4; depth++ {
		i = j.t.Nodes[i].Parent
		isListed = messageNames[strings.ToLower(j.t.NameOf(i))]
	}
	return isListed
}

// IsOrdinary reports whether a value under the name of a secret is harmless because the name has
// another meaning: the symbol or contract of a currency (token=ETH), what a permission is on
// (token=$PROJECT:vstfs:///Team/crew, Azure DevOps), an Indian postal code (pin_code), a place on a
// map (pin), or the kind of a credential.
func IsOrdinary(name, v string) bool {
	c := Count(v)
	switch word := rules.LastWord(name); word {
	case "token", "key":
		return word == "token" && (len(v) > 1 && len(v) < 6 && c.Upper == len(v) || IsPublicKey(v)) || isLocation(v)
	case "credential":
		return c.Digit == 0 && rules.ClassOf(v) != rules.Plain || IsTypeWord(v)
	case "pin":
		return c.Digit == 0 && strings.Contains(strings.TrimSpace(v), " ")
	case "code", "pincode":
		return (len(v) == 5 || len(v) == 6) && c.Digit == len(v) && strings.EqualFold(unjoined.Replace(name), "pincode")
	}
	return false
}

// info returns what a name says.
func (j *judge) info(name string) rules.Name {
	x := rules.Of(name)
	if j.Class != nil {
		x.Class = max(x.Class, j.Class(name))
	}
	return x
}

// member is a member of an object, with its value if that is one word or text.
type member struct {
	node   int32  // whose class decides
	name   string // its words in lower case, with an underscore between them
	value  string
	isText bool
	rules.Name
}

// object classifies the members of an object together.
func (j *judge) object(i int32) {
	triggers, n := uint32(0), 0
	for k := range j.t.Within(i) {
		name := j.t.NameOf(k)
		j.infos[k] = j.info(name)
		if n == maxMembers {
			continue
		}
		n++
		triggers |= triggersOf[rules.Words(name)]
		if role := j.infos[k].Role; role == rules.NamesRole || role == rules.TypesRole {
			triggers |= 1 << pairRule
		}
	}
	isForm := n > 0 && j.t.Nodes[i+1].Names == scan.Percent
	if j.Changes && j.t.Nodes[i].Parent == 0 {
		j.changed(i)
	}
	if n < 2 && !j.IsRedirect || triggers == 0 && !isForm {
		return
	}
	j.members = j.members[:0]
	for k := range j.t.Within(i) {
		if len(j.members) == n {
			break
		}
		j.members = append(j.members, j.memberOf(k))
	}
	if isForm {
		j.formPairs()
	}
	for k, r := range objectRules {
		if triggers&(1<<k) != 0 {
			j.reason = r.reason
			r.apply(j, i)
		}
	}
}

var storedNames = rules.Set("stored")

// maxMembers bounds the members of an object that are classified together.
const maxMembers = 256

func (j *judge) memberOf(k int32) member {
	m := member{node: k, name: rules.Words(j.t.NameOf(k)), Name: j.infos[k]}
	n := &j.t.Nodes[k]
	if n.Kind == scan.Array && n.End > k+1 && m.Role == rules.NamesRole { // the path to a value
		if last := n.End - 1; j.t.Nodes[last].Kind == scan.String && j.t.Nodes[last].Parent == k && j.t.Nodes[last].Value.Len() <= rules.MaxName {
			m.value, m.isText = j.t.ValueOf(last), true
		}
		return m
	}
	if n.Kind == scan.Object && n.End == k+2 && j.t.Nodes[k+1].Name.Len() == 0 { // an element with nothing but text
		n, m.node = &j.t.Nodes[k+1], k+1
		k++
	}
	if n.Kind > scan.Array && n.Value.Len() <= 4*rules.MaxName {
		m.value, m.isText = j.t.ValueOf(k), n.Kind == scan.String
	}
	return m
}

// force gives a node a class, with all within it if it is an array.
func (j *judge) force(i int32, c rules.Class) {
	if c > j.forced[i] {
		j.forced[i] = c
		j.because(i)
	}
}

func (j *judge) because(i int32) {
	if j.Reasons != nil {
		j.Reasons[i] = j.reason
	}
}

// forceAll gives all values within a node a class, regardless of their names.
func (j *judge) forceAll(i int32, c rules.Class) {
	for k := i; k < j.t.Nodes[i].End; k++ {
		j.forced[k] = max(j.forced[k], c)
		j.because(k)
	}
}

// forceWithin makes secrets of all values within a node, regardless of their names.
func (j *judge) forceWithin(i int32) {
	j.forceAll(i, rules.Secret)
	j.forced[i] = rules.Plain
}

func (j *judge) find(names ...string) *member {
	for k := range j.members {
		if slices.Contains(names, j.members[k].name) {
			return &j.members[k]
		}
	}
	return nil
}

func (j *judge) has(names ...string) bool { return j.find(names...) != nil }
