package route

// reason is one kind of evidence that a segment is a value, or that it is a literal.
type reason struct {
	name string
	// weight is in log-odds: positive for a value, negative for a literal. TestFit suggests
	// weights, and TestWeightsNeedNoTuning perturbs all of them at once by about a fifth.
	weight float64
	about  topic
	needs  needs
	// api is a public API, with a path or a property of it, that shows the reason.
	api string
	// find looks for the evidence in a segment; joins compares the segment with the members of a
	// parameter. A reason has one of them, or both.
	find  func(*question) finding
	joins func(*candidate, *siblingStats) float64
}

// topic is what a reason speaks about.
type topic string

const (
	aboutName     topic = "the segment"
	aboutAbove    topic = "the segments above"
	aboutSiblings topic = "the segments beside it"
	aboutBelow    topic = "the segments below"
	aboutAnswers  topic = "methods and statuses"
	aboutBodies   topic = "bodies"
	aboutPasses   topic = "the first pass"
	aboutMembers  topic = "the values beside it"
)

// needs is what must be known of a segment before a reason asks for more.
type needs uint8

const (
	needsText  needs = 1 << iota // its text: it has a node of its own
	needsWeak                    // its shape is not that of an identifier
	needsPlain                   // it is not in an assignment and not between colons
	needsName  = needsText | needsWeak
	needsWord  = needsName | needsPlain
)

// question is one segment, and where it stands.
type question struct {
	*decider
	parent *level
	c      *candidate
	s      *siblings
}

// finding is what a reason finds: nothing if times is 0.
type finding struct {
	times       float64 // how often the weight counts
	count       int64   // segments or responses that it rests on; 0 counts as 1
	witness     bool    // alone it is proof that a word is a value, with any weight; see witnessWeight
	explanation string  // what was found; "" for the name of the reason
}

// found is a finding that counts once.
func found(ok bool) finding { return finding{times: float64(boolToInt(ok))} }

// counted is a finding that counts once, and rests on n segments or responses.
func counted[N int | int64](n N) finding { return finding{times: float64(min(n, 1)), count: int64(n)} }

// witnessWeight is the weight from which a reason shows alone that a word is a value.
const witnessWeight = 2

// Names of reasons that the names of parameters depend on.
const (
	reasonParentList = "it stands in the list above"
	reasonPair       = "bodies hold it joined with its neighbour"
)

// reasons are all reasons.
var reasons = [...]reason{
	{name: "most segments are literals", weight: -0.4, about: aboutName, api: "all", find: (*question).always},
	{name: "it looks like an identifier", weight: 4, about: aboutName, api: "Stripe `/v1/customers/cus_9s6XKz`", find: (*question).identifier},
	{name: "it has a digit", weight: 1.5, about: aboutName, needs: needsWord, api: "Datadog `/api/v1/dashboard/abc-2ab`", find: (*question).digits},
	{name: "its characters are odd for a word", weight: 0.8, about: aboutName, needs: needsWord,
		api: "Airtable `/v0/app1/Project%20List`", find: (*question).odd},
	{name: "it is a plural noun", weight: -1.4, about: aboutName, needs: needsWord, api: "Kubernetes `/api/v1/pods`", find: (*question).plural},
	{name: "it is a word", weight: -0.9, about: aboutName, needs: needsWord, api: "Kubernetes `/version`", find: (*question).word},
	{name: "it is no English word", weight: 2.5, about: aboutName, needs: needsName, api: "Azure `/resourceGroups/cfbvevm`", find: (*question).foreign},
	{name: "it is a code", weight: 4, about: aboutName, needs: needsWord, api: "Frankfurter `/v1/currencies/EUR`", find: (*question).code},
	{name: "it stands after the same sign as similar names", weight: 4, about: aboutName, needs: needsText, api: "npm `/@babel`", find: (*question).signed},
	{name: "it is the name of a host", weight: 3.5, about: aboutName, needs: needsName, api: "Mailgun `/v3/mg.example.com/messages`", find: (*question).host},
	{name: "it begins with an underscore or a dollar sign, as words beside names do", weight: -3, about: aboutName, needs: needsText,
		api: "Elasticsearch `/_cluster/health`", find: (*question).marked},
	{name: "only words behind an underscore follow it, as they follow its siblings", weight: 6, about: aboutBelow, needs: needsName,
		api: "Elasticsearch `/products/_search`", find: (*question).beforeMarked},

	{name: "it is near the root", weight: -0.9, about: aboutAbove, api: "GitHub `/repos`", find: (*question).nearRoot},
	{name: "it follows a plural noun", weight: 1, about: aboutAbove, api: "GitHub `/users/octocat`", find: (*question).belowPlural},
	{name: "bodies link to other names here", weight: 1.5, about: aboutSiblings, api: "GitHub `\"url\": \".../users/octocat\"`", find: (*question).links},

	{name: "it was always refused", weight: 2, about: aboutAnswers, needs: needsName,
		api: "Petstore `/v2/pet/invalid`", find: (*question).refused, joins: refusedAlike},
	{name: "one of its verbs follows several names", weight: 2, about: aboutAnswers, needs: needsText,
		api: "Google Sheets `/values/Sheet1!A1:append`", find: (*question).beforeVerbs},
	{name: "it is written or deleted", weight: 0.9, about: aboutAnswers, api: "GitHub `DELETE /repos/octocat/hello`", find: (*question).written},
	{name: "it takes only POST", weight: -1.6, about: aboutAnswers, api: "Datadog `POST /api/v1/logs-queries/list`", find: (*question).onlyPosted},
	{name: "each name here has a record of its own", weight: -5, about: aboutBodies, needs: needsName,
		api: "Redfish `/redfish/v1/Chassis/1/Thermal`", find: (*question).record},

	{name: "identifiers stand in its place", weight: 0.3, about: aboutSiblings, needs: needsWeak,
		api: "GitHub `/gists/public` beside `/gists/{gist_id}`", find: (*question).siblingIDs},
	{name: "nothing follows it", weight: 0.2, about: aboutBelow, api: "GitHub `/orgs/github`", find: (*question).leaf},
	{name: "other names stand in its place", weight: -0.5, about: aboutSiblings, needs: needsText, api: "Plaid `/accounts/get`", find: (*question).amongNames},
	{name: "it is used elsewhere", weight: -0.3, about: aboutPasses, needs: needsText, api: "Kubernetes `/status`", find: (*question).usedElsewhere},

	{name: "it is the value of a field that identifies or names", weight: 2, about: aboutBodies, needs: needsName,
		api: "Azure `\"id\"`", find: (*question).fieldValue},
	{name: "bodies do not hold it", weight: -0.65, about: aboutBodies, needs: needsWeak, api: "GitHub `/user/repos`", find: (*question).unheld},
	{name: "it is the name of a property", weight: -1, about: aboutBodies, needs: needsName,
		api: "GitHub `/users/octocat/followers`", find: (*question).propertyName},
	{name: "answers hold it", weight: 1.6, about: aboutBodies, api: "GitHub `\"login\"`", find: (*question).echo},
	{name: reasonParentList, weight: 1.3, about: aboutBodies, needs: needsName, api: "GitHub `/repos/o/r/branches`", find: (*question).listedAbove},
	{name: reasonPair, weight: 4, about: aboutBodies, needs: needsName, api: "GitHub `\"full_name\": \"octocat/hello\"`", find: (*question).pair},
	{name: "bodies join it with the noun after it, as a type", weight: -9, about: aboutBodies, needs: needsName,
		api: "Azure `\"type\": \"Microsoft.Compute/virtualMachines\"`", find: (*question).typeName},
	{name: "it follows a noun in the names of resources", weight: 3, about: aboutBodies, needs: needsName,
		api: "Google Cloud KMS `\"name\": \"projects/p/locations/l\"`", find: (*question).selfName},
	{name: "it is a value or a literal elsewhere", weight: 1, about: aboutPasses, needs: needsName,
		api: "Kubernetes `/apis/batch/v1/jobs`", find: (*question).elsewhere},

	{name: "names in its place are values", weight: 0.5, about: aboutMembers, api: "GitHub `/repos/{owner}/{repo}`", joins: amongValues},
	{name: "it is used as values in its place are", weight: 1.6, about: aboutMembers, api: "GitHub `/repos/{owner}/{repo}/issues`", joins: usedAlike},
}

// defaultWeights returns the weights of all reasons.
func defaultWeights() []float64 {
	out := make([]float64, len(reasons))
	for i := range reasons {
		out[i] = reasons[i].weight
	}
	return out
}

// findings yields the findings of the reasons about a segment, by index, except those about sibling
// values.
func (q *question) findings(yield func(int, finding) bool) {
	var have needs
	if q.c.ownNode {
		have |= needsText
	}
	if !q.c.isStrong() {
		have |= needsWeak
	}
	if !q.c.isBetweenColons() && !q.c.isAssigned() {
		have |= needsPlain
	}
	for i := range reasons {
		r := &reasons[i]
		if r.find == nil || r.needs&^have != 0 || q.weights[i] == 0 {
			continue
		}
		if f := r.find(q); f.times != 0 && !yield(i, f) {
			return
		}
	}
}

// weigh collects the evidence for and against a candidate being a value.
func (q *question) weigh() {
	c := q.c
	c.weights = make([]float64, len(q.decider.weights))
	for i, f := range q.findings {
		r, w := &reasons[i], q.weights[i]*f.times
		if f.explanation == "" {
			f.explanation = r.name
		}
		c.addEvidence(f.explanation, w, max(1, f.count))
		c.witness = c.witness || f.witness || r.weight >= witnessWeight
		c.inBodies = c.inBodies || r.about == aboutBodies && w > 0
		c.weights[i] += w
	}
	if c.ownNode && !c.isStrong() {
		c.witness = c.witness || c.notFound && c.requests > 0 ||
			c.isWritten() && !q.s.hasStrong && c.bodies == 0 && c.responses == 0
	}
}

// always counts for every segment.
func (q *question) always() finding { return found(true) }
