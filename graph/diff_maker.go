package graph

import (
	"cmp"
	"strings"
)

// maker finds values that something else than a generator makes from now on.
func (d *differ) maker(a, b *flowValue) {
	was, is := a.origin, b.origin
	switch {
	case was == nil:
	case is == nil && len(was.kinds) == 0 && len(b.pushes) > 0 && was.pull.Spec.Target.CreationPolicy == "Orphan":
		d.note(Stays, a, b, "no store restores it any more: after a rebuild a person types it in again", nil, nil, factOrphan).at(&was.flowObject, mainObject(b), "spec.dataFrom")
	case is == nil && len(b.pushes) > 0 && a.home == b.home:
		d.note(Rotates, a, b, "ExternalSecret "+was.Name+" makes it no more: the value is what something else puts into the Secret", &was.flowObject, mainObject(b), factPushTime).Reaches = d.reaches(b)
	case is != nil && len(was.kinds)+len(is.kinds) == 0 && is.policy() != "CreatedOnce" && was.copied() != is.copied():
		d.note(Rotates, a, b, "copied from "+is.copied()+" instead of "+was.copied(), nil, nil, factRefreshed).at(&was.flowObject, &is.flowObject, is.copiedAt()).Reaches = d.reaches(b)
	case is == nil || len(was.kinds) == 0 || len(is.kinds) > 0:
	case is.policy() == "CreatedOnce":
		d.note(Stays, a, b, "it was generated, and is from now on typed in by a person, or restored from a store", nil, nil, factBootstrap).at(&was.flowObject, &is.flowObject, "spec.refreshPolicy")
	default:
		d.note(ReadFrom, a, b, "it was generated, and is from now on what the stores have", nil, nil, factRefreshed).at(&was.flowObject, &is.flowObject, "spec.dataFrom")
	}
}

// copied says which keys of the stores an origin without a generator takes.
func (p *flowPull) copied() string {
	var keys []string
	for _, r := range p.reads {
		key := r.at.Key
		if r.property != "" {
			key += "#" + r.property
		}
		keys = append(keys, key)
	}
	return cmp.Or(strings.Join(distinct(keys), ", "), "what its patterns find")
}

func (p *flowPull) copiedAt() string {
	if len(p.reads) == 0 {
		return p.pull.Prefix + ".dataFrom"
	}
	return p.reads[0].keyPath
}
