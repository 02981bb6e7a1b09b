package attack

// known has the attacks that still succeed, with the threat that they belong to. An attack on this
// list that fails is an error, so that the list can only shrink. They run with the slow
// ones.
var known = map[string]string{}
