package route

// Rules whose results later rules use.
const (
	ruleEcho       = "answers hold it"
	ruleIDField    = "is the value of an id field"
	ruleNameField  = "is the value of a name field"
	ruleParentList = "stands in the list above"
	rulePair       = "bodies hold it joined with its neighbour"
	ruleLinks      = "bodies link to other names here"
)

// weigh collects the evidence for and against a candidate being a value.
func (d *decider) weigh(parent *level, c *candidate, s *siblings) {
	w := d.weights
	c.addEvidence("most segments are literals", w.Base, 0)
	d.weighShape(parent, c, s)
	d.weighForms(parent, c, s)
	d.weighSign(c, s)
	d.weighMarked(c, s)
	d.weighParent(parent, c, s)
	d.weighMethods(parent, c, s)
	d.weighStructure(parent, c, s)
	d.weighValues(parent, c, s)
	d.weighSelfName(c)
	d.weighNamespace(parent, c, s)
	d.weighNested(c, s)
	d.weighWords(parent, c, s)
	d.weighStrangers(c, s)
	d.weighRecurring(parent, c, s)
	d.weighAlias(c, s)
	d.weighSameNames(c, s)
	d.weighSingles(c, s)
	d.weighTypes(c, s)
	d.weighTenants(c, s)
	d.weighListed(c, s)
	d.weighAction(c)
	d.weighDotted(c, s)
	d.weighHost(c, s)
	d.weighAttribute(parent, c, s)
	d.weighPart(parent, c, s)
	d.weighQualified(c, s)
	d.weighFolder(c, s)
	d.weighEnding(c, s)
	d.weighCapitals(c, s)
	d.weighKind(c, s)
	d.weighDash(parent, c)
	d.weighAlike(parent, c, s)
	d.weighOwnKinds(c, s)
	d.weighLikeItems(c, s)
	d.weighEnvironments(c, s)
	d.weighSelector(c, s)
	d.weighPooled(c, s)
	d.weighLookups(c, s)
	d.weighSchemas(c, s)
	d.weighInLists(c, s)
	d.weighKeys(parent, c, s)
	d.weighLanguagesAlike(c, s)
	d.weighFirstPass(parent, c, s)
}
