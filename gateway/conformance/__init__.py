"""Does a provider's spec tell the truth about its upstream? ``knowledge-gateway probe`` asks the upstream and says.

::

    target       whom to probe: a provider of a config, or a spec file with what the command line gives
    examination  which calls are made, in which order: the only module here that decides while it asks
      asking       one call through the same client as the gateway's own calls
      walking      page after page, to the declared end or a bound
    evidence     all that was seen, and the facts that follow from it; pure, as is everything below
      sample       one call and its answer
      variants     the declared spec, altered in one point
      clues        what an answer could have meant: lists, tokens, flags, totals and links in it
      fields       the same of its items: ids, times, fields under other names
    checks       one question each: evidence in, findings out
    report       the findings as text or JSON

Rules: GET and nothing else; a bounded number of calls, which is told; what is printed is names, numbers and shortened
values of items, never a credential, a token, a cursor, a link or a body.
"""
