package policy

import "strings"

// reach reports a path of a condition that leads nowhere in the section where it stands.
func (l *loader) reach(v value, p *path) {
	section, _, _ := strings.Cut(strings.TrimPrefix(v.at, "/"), "/")
	isOther := section == sectionNames[Resource] || section == sectionNames[Prompt] || section == sectionNames[Method]
	switch {
	case section == sectionNames[Resource] && p.root == "args":
		l.wrong(v, "a resource has no arguments: name its URI in the entry, with * for a part of it, or write secret: any, which looks at the URI")
	case isOther && p.root == "annotations":
		l.wrong(v, "only tools have annotations: write the condition in tools or all_tools")
	}
}

// elsewhere are the methods on which no entry in "methods" decides, with the section that does, or
// "" if they pass under every policy.
var elsewhere = map[string]string{
	"tools/call": "tools", "prompts/get": "prompts", "resources/read": "resources", "skills/get": "resources", "resources/subscribe": "resources",
	"resources/unsubscribe": "resources", "subscriptions/listen": "resources", "completion/complete": "prompts or resources",
	"elicitation/create": "upstream", "sampling/createMessage": "upstream", "roots/list": "upstream", "notifications/message": "upstream",
	"initialize": "", "ping": "", "server/discover": "", "logging/setLevel": "", "tools/list": "", "prompts/list": "", "resources/list": "", "skills/list": "",
	"resources/templates/list": "", "notifications/initialized": "", "notifications/cancelled": "", "notifications/progress": "",
	"notifications/roots/list_changed": "", "notifications/tools/list_changed": "", "notifications/prompts/list_changed": "",
	"notifications/resources/list_changed": "", "notifications/resources/updated": "resources", "notifications/elicitation/complete": "",
	"notifications/subscriptions/acknowledged": "",
}

// judgedHere reports conditions and limits of an entry for a method that are never looked at.
func (l *loader) judgedHere(key value, e *entry) {
	section, known := elsewhere[string(e.name)]
	switch {
	case !known || len(e.require)+len(e.denyIf)+len(e.after)+len(e.limits) == 0:
	case section != "":
		l.wrong(key, "%s is decided in the section %s: write its conditions there", e.name, section)
	default:
		l.wrong(key, "%s passes under every policy, so its conditions cannot be evaluated: remove them; a condition secret: any, "+
			"personal: any or carries of another entry also looks at what it sends", e.name)
	}
}
