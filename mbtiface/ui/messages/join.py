"""Texts of the part of a result where one's own face may join its type's average."""

KO = {
    "join_title": "평균에 내 얼굴 더하기",
    "join_kept": (
        "사진은 보관하지 않고 얼굴을 나타내는 숫자만 평균의 합에 더하며, "
        "이 페이지를 떠난 뒤에는 다시 뺄 수 없어요."
    ),
    "join_limit": (
        "한 유형에 하루 한 번만 더할 수 있어요. 그걸 확인하려고 접속 주소를 알아볼 수 없게 "
        "바꾼 값을 그날 하루만 둬요."
    ),
    "join_whose": "어느 {code} 평균에 더할까요",
    "join_female": "여성",
    "join_male": "남성",
    "join_own": "만 18세 이상이고, 내 얼굴이 나온 내 사진이에요.",
    "join_join": "평균에 더하기",
    "join_joining": "더하는 중이에요",
    "join_done_female": "{code} 여성 평균에 더했어요. 지금까지 {count}명의 얼굴이 모였어요.",
    "join_done_male": "{code} 남성 평균에 더했어요. 지금까지 {count}명의 얼굴이 모였어요.",
    "join_before": "더하기 전",
    "join_after": "더한 뒤",
    "join_stretched": "차이를 {times}배로",
    "join_alt_before": "생성된 얼굴, 내 얼굴을 더하기 전의 {code} 평균",
    "join_alt_after": "생성된 얼굴, 내 얼굴을 더한 뒤의 {code} 평균",
    "join_alt_stretched": "생성된 얼굴, {code} 평균이 움직인 만큼을 {times}배로 늘린 모습",
    "join_small": (
        "얼굴 하나는 평균을 아주 조금만 움직여요. 그래서 그 차이를 크게 늘린 모습도 보여 드려요."
    ),
    "join_clipped": "평균과 많이 다른 얼굴이라 평균 쪽으로 조금 당겨서 더했어요.",
    "join_undo": "다시 빼기",
    "join_undoing": "빼는 중이에요",
    "join_until": "사진을 지우거나 바꾸거나 이 페이지를 떠나면 더는 뺄 수 없어요.",
    "join_undone": "내 얼굴을 평균에서 뺐어요. {code} 평균에는 내일 다시 더할 수 있어요.",
    "join_again": "다시 시도",
    "join_error_too_far": (
        "다른 얼굴들과 너무 달라서 더하지 못했어요. 정면을 보고 찍은 사진으로 다시 해 주세요."
    ),
    "join_error_poor_reconstruction": (
        "다시 그린 얼굴이 사진과 많이 달라서 더하지 못했어요. "
        "정면에서 또렷하게 찍은 사진으로 다시 해 주세요."
    ),
    "join_error_already_today": (
        "오늘은 이곳에서 {code} 평균에 이미 더한 얼굴이 있어요. 내일 다시 와 주세요."
    ),
    "join_error_day_full": (
        "오늘은 {code} 평균에 얼굴이 많이 더해져서 자리가 다 찼어요. 내일 다시 와 주세요."
    ),
    "join_error_taken_back": "오늘 뺀 얼굴이에요. 내일 다시 더할 수 있어요.",
    "join_error_too_late": (
        "이제는 뺄 수 없어요. 더한 얼굴은 합 안에 섞여서 따로 찾아낼 수 없어요."
    ),
    "join_error_away": "지금은 평균에 더할 수 없어요. 다른 기능은 그대로 쓸 수 있어요.",
    "join_error_gone": "사진에서 만든 얼굴이 서버에서 지워졌어요. 사진을 다시 골라 주세요.",
    "join_error_busy": "지금 더하는 사람이 많아요. 조금 뒤에 다시 시도해 주세요.",
    "join_error_offline": "서버에 닿지 않아요. 연결을 확인해 주세요. 두 번 더해지지는 않아요.",
    "join_error_bad_request": "요청이 제대로 가지 않았어요. 페이지를 새로 열고 다시 해 주세요.",
    "join_error_failed": "문제가 생겨서 마치지 못했어요. 다시 시도해도 두 번 더해지지 않아요.",
}

EN = {
    "join_title": "Join the average",
    "join_kept": (
        "The photo is not kept; only the face’s numbers are added to the average’s sum, and once "
        "you leave this page they cannot be taken out again."
    ),
    "join_limit": (
        "One face a type and day. To tell, a scrambled form of your address is kept until the day "
        "is over."
    ),
    "join_whose": "Which {code} average to join",
    "join_female": "Women’s",
    "join_male": "Men’s",
    "join_own": "I am 18 or older, and the photo is mine and shows me.",
    "join_join": "Join the average",
    "join_joining": "Joining",
    "join_done_female": "Your face joined the {code} average of women. Faces so far: {count}.",
    "join_done_male": "Your face joined the {code} average of men. Faces so far: {count}.",
    "join_before": "Before",
    "join_after": "After",
    "join_stretched": "Change × {times}",
    "join_alt_before": "Generated face, the {code} average before your face joined",
    "join_alt_after": "Generated face, the {code} average with your face in it",
    "join_alt_stretched": "Generated face, the {code} average’s change made {times} times larger",
    "join_small": (
        "One face moves an average very little, so the change also stands here made larger."
    ),
    "join_clipped": "Your face lies far from the average, so it counted a little closer to it.",
    "join_undo": "Take it out again",
    "join_undoing": "Taking it out",
    "join_until": (
        "Once you delete or change the photo or leave this page, it can no longer be taken out."
    ),
    "join_undone": "Your face is out of the average. You can join {code} again tomorrow.",
    "join_again": "Try again",
    "join_error_too_far": (
        "This face differs too much from all others to join. Try a photo taken from the front."
    ),
    "join_error_poor_reconstruction": (
        "The redrawn face is too unlike the photo to join. Try a sharp photo taken from the front."
    ),
    "join_error_already_today": (
        "A face from here has joined the {code} average today. Come back tomorrow."
    ),
    "join_error_day_full": (
        "Many faces have joined the {code} average today, and its places are taken. "
        "Come back tomorrow."
    ),
    "join_error_taken_back": "This face was taken out today. It can join again tomorrow.",
    "join_error_too_late": (
        "It can no longer be taken out: within the sum one face cannot be told from another."
    ),
    "join_error_away": "Joining is not possible right now. Everything else works as usual.",
    "join_error_gone": "The face from your photo is no longer on the server. Choose it again.",
    "join_error_busy": "Many people are joining right now. Try again in a moment.",
    "join_error_offline": (
        "The server cannot be reached. Check the connection; nothing will count twice."
    ),
    "join_error_bad_request": "The request did not get through. Reload the page and try again.",
    "join_error_failed": "Something went wrong. Trying again will not count your face twice.",
}
